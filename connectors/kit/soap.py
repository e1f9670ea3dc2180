"""SOAP 1.1: operations in an envelope, and faults (https://www.w3.org/TR/2000/NOTE-SOAP-20000508)."""

from collections.abc import Mapping
from typing import Any, ClassVar

from connectors.kit.formats import parse_xml, value_of, xml_of
from connectors.kit.http.body import Response
from connectors.kit.rejects import without_addresses
from connectors.kit.rest import Rest
from core.errors import Broken, HubError

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


class Soap(Rest):
    """A connection to a SOAP service; a stream's `body` is `{"Operation": {parameters}}`."""

    namespace: ClassVar[str]
    """Namespace of the operations, as the service's WSDL gives it."""

    def call(self, operation: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """Call an operation that may be repeated, and return what the body of its answer holds."""
        answer = self.post("", {operation: parameters or {}})
        return value_of(parse_xml(answer.body, answer.where)).get("Body")

    def written(self, body: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Return an operation in its envelope, and the headers that name it."""
        ((operation, parameters),) = body.items()
        inner = xml_of(operation, parameters).replace(
            f"<{operation}>", f'<{operation} xmlns="{self.namespace}">', 1
        )
        text = f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Body>{inner}</s:Body></s:Envelope>'
        return text.encode(), {
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{self.namespace.rstrip("/")}/{operation}"',
        }

    def meaning_of(self, answer: Response) -> HubError | None:
        """Return the error of a fault, which comes with any status; None where there is none."""
        if b"Fault" not in answer.body:
            return None
        try:
            body = value_of(parse_xml(answer.body, answer.where))
        except Broken:
            return None
        fault = (body.get("Body") or {}).get("Fault") if isinstance(body, dict) else None
        if not isinstance(fault, dict):
            return None
        code, said = str(fault.get("faultcode")), str(fault.get("faultstring"))
        return self.meaning_of_fault(code, answer) or Broken(
            f"{answer.where} answered with the fault {code}: {without_addresses(said)}"
        )

    def meaning_of_fault(self, code: str, answer: Response) -> HubError | None:  # noqa: ARG002 - for overriding
        """Return the error that a fault's code is to this vendor; None: it is Broken."""
        return None
