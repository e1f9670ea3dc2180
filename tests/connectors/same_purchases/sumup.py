"""The same purchases in the transactions of SumUp, of which the list tells nothing but the amount.

https://developer.sumup.com/api/transactions/list
"""

from connectors.sumup import SumUp
from tests.connectors.same_purchases.purchases import PURCHASES
from tests.connectors.same_purchases.reading import ServedPlatform

PLATFORM = ServedPlatform(
    orders={},
    cannot=dict.fromkeys(PURCHASES, "A payment is an amount: it has no lines and no buyer."),
    source=SumUp.model_validate({"api_key": "made up", "merchant": "MH4H92C7"}),
    raws={"/transactions/history": []},
)
