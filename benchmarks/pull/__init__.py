"""Reading a webshop's orders: the hub beside the barest loop and beside dlt."""
