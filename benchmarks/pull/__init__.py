"""Reading a webshop's orders, compared with a bare loop and with dlt."""
