"""Descriptions in further forms: SOAP services and Meta's codegen."""

import json
from pathlib import Path

import httpx
import pytest

from connectors.kit.testing import Description
from connectors.kit.testing.description import RestDescription, SoapDescription

WSDL = """<?xml version="1.0"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:tns="urn:shop"
             xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <types><xsd:schema targetNamespace="urn:shop">
    <xsd:complexType name="Order"><xsd:all>
      <xsd:element name="Id" type="xsd:int"/>
      <xsd:element name="Total" type="xsd:double" nillable="true"/>
      <xsd:element name="Paid" type="xsd:boolean" minOccurs="0"/>
    </xsd:all></xsd:complexType>
    <xsd:complexType name="ArrayOfOrder"><xsd:sequence>
      <xsd:element name="item" type="tns:Order" minOccurs="0" maxOccurs="unbounded"/>
    </xsd:sequence></xsd:complexType>
    <xsd:element name="Order_GetByDate"><xsd:complexType><xsd:sequence>
      <xsd:element name="Start" type="xsd:string"/>
      <xsd:element name="Page" type="xsd:int"/>
    </xsd:sequence></xsd:complexType></xsd:element>
    <xsd:element name="Order_GetByDateResponse"><xsd:complexType><xsd:sequence>
      <xsd:element name="Order_GetByDateResult" type="tns:ArrayOfOrder"/>
    </xsd:sequence></xsd:complexType></xsd:element>
  </xsd:schema></types>
  <portType name="Port"><operation name="Order_GetByDate"/></portType>
</definitions>"""
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:x="http://www.w3.org/2001/XMLSchema-instance" xmlns="urn:shop">'
    "<s:Body>{}</s:Body></s:Envelope>"
)
QUESTION = "<Order_GetByDate><Start>2026-01-01</Start><Page>1</Page></Order_GetByDate>"
ANSWER = (
    "<Order_GetByDateResponse><Order_GetByDateResult>{}</Order_GetByDateResult>"
    "</Order_GetByDateResponse>"
)
ORDER = "<item><Id>7</Id><Total>12.50</Total><Paid>true</Paid></item>"


@pytest.fixture
def soap() -> SoapDescription:
    return SoapDescription(WSDL)


@pytest.mark.parametrize(
    "orders", ["", ORDER, 2 * ORDER, '<item><Id>7</Id><Total x:nil="true"/></item>']
)
def test_an_envelope_and_its_answer_are_held_against_the_service(
    soap: SoapDescription, orders: str
) -> None:
    request = httpx.Request(
        "POST", "https://shop.example/service.php", content=ENVELOPE.format(QUESTION)
    )
    soap.check(request, httpx.Response(200, text=ENVELOPE.format(ANSWER.format(orders))))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("<Order_Delete/>", "Order_Delete: is no operation"),
        ("<Order_GetByDate><Start>x</Start></Order_GetByDate>", "'Page' is a required property"),
        (QUESTION.replace("<Page>1", "<Page>one"), "'one' is not of type 'integer'"),
        (QUESTION.replace("Start>", "Since>"), "'Since' was unexpected"),
        (QUESTION.replace("<Page>", "<Size>1</Size><Page>"), "'Size' was unexpected"),
    ],
)
def test_a_request_that_the_service_does_not_know_fails(
    soap: SoapDescription, message: str, reason: str
) -> None:
    with pytest.raises(AssertionError, match=reason):
        soap.check_request("POST", "/service.php", body=ENVELOPE.format(message))


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (ANSWER.format(ORDER.replace("7", "seven")), "'seven' is not of type 'integer'"),
        (ANSWER.format("<item><Id>7</Id></item>"), "'Total' is a required property"),
        (ANSWER.format(ORDER.replace("Paid", "Payed")), "'Payed' was unexpected"),
        ("<Order_GetAllResponse/>", "answered with Order_GetAllResponse"),
    ],
)
def test_an_answer_that_the_service_does_not_give_fails(
    soap: SoapDescription, message: str, reason: str
) -> None:
    soap.check_request("POST", "/service.php", body=ENVELOPE.format(QUESTION))
    with pytest.raises(AssertionError, match=reason):
        soap.check_response("POST", "/service.php", 200, ENVELOPE.format(message))


def test_a_fault_answers_any_operation(soap: SoapDescription) -> None:
    soap.check_request("POST", "/service.php", body=ENVELOPE.format(QUESTION))
    fault = ENVELOPE.format("<s:Fault><faultcode>AUTH</faultcode></s:Fault>")
    soap.check_response("POST", "/service.php", 500, fault)


def test_a_text_that_is_no_envelope_is_told(soap: SoapDescription) -> None:
    with pytest.raises(AssertionError, match="no SOAP envelope"):
        soap.check_request("POST", "/service.php", body="<html/>")


CODEGEN = {
    "CustomAudience.json": {
        "apis": [
            {
                "method": "POST",
                "endpoint": "users",
                "return": "CustomAudience",
                "params": [
                    {"name": "payload", "required": False, "type": "Object"},
                    {"name": "kind", "required": True, "type": "audience_kind"},
                ],
            },
            {
                "method": "GET",
                "endpoint": "sessions",
                "return": "Session",
                "params": [{"name": "session_id", "required": False, "type": "unsigned int"}],
            },
        ],
        "fields": [{"name": "id", "type": "string"}],
    },
    "Session.json": {"apis": [], "fields": [{"name": "progress", "type": "float"}]},
    "enum_types.json": [{"name": "audience_kind", "values": ["CUSTOM", "LOOKALIKE"]}],
}


@pytest.fixture
def audiences(tmp_path: Path) -> Description:
    file = tmp_path / "specs.json"
    file.write_text(json.dumps(CODEGEN))
    return Description.load(file)


def test_codegen_is_held_as_paths_of_nodes(audiences: Description) -> None:
    assert isinstance(audiences, RestDescription)
    path = "/v26.0/123/users"
    audiences.check_request("POST", path, body={"kind": "CUSTOM", "payload": {"schema": []}})
    audiences.check_response("POST", path, 200, {"audience_id": "123"})
    audiences.check_request("GET", "/v26.0/123/sessions", {"session_id": "7"})
    audiences.check_response("GET", "/v26.0/123/sessions", 200, {"data": [{"progress": 0.5}]})


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "reason"),
    [
        ("POST", "/v26.0/123/users", None, {"kind": "OTHER"}, "is not one of"),
        ("POST", "/v26.0/123/users", None, {"payload": {}}, "'kind' is a required property"),
        ("POST", "/v26.0/123/users", None, {"kind": "CUSTOM", "x": 1}, "is not described"),
        ("GET", "/v26.0/123/sessions", {"session_id": "-1"}, None, "less than the minimum"),
        ("GET", "/v26.0/123/nothing", None, None, "is not described"),
    ],
)
def test_a_request_that_no_node_knows_fails(
    audiences: Description,
    method: str,
    path: str,
    query: dict[str, str] | None,
    body: object,
    reason: str,
) -> None:
    with pytest.raises(AssertionError, match=reason):
        audiences.check_request(method, path, query, body)


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "service.wsdl"
    file.write_text(WSDL)
    first = Description.load(file)
    assert Description.load(file) is first
    file.write_text(WSDL + "\n")
    assert Description.load(file) is not first


def test_a_description_that_is_known_to_be_wrong_is_corrected(tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    sizes = {"name": "size", "in": "query", "schema": {"enum": ["S"]}}
    file.write_text(json.dumps({"paths": {"/hats": {"get": {"parameters": [sizes]}}}}))
    with pytest.raises(AssertionError, match="size"):
        Description.load(file).check_request("GET", "/hats", {"size": "M"})
    corrections = {"paths./hats.get.parameters.0.schema.enum": ["S", "M"]}
    Description.load(file, corrections).check_request("GET", "/hats", {"size": "M"})


def test_the_vendors_own_files_read(shared: Path) -> None:
    meta = Description.load(shared / "api-specs/meta/marketing-api-specs.json")
    body = {"payload": {"schema": ["EMAIL"], "data": [["0" * 64]]}}
    meta.check_request("POST", "/v26.0/120330000000000001/users", body=body)
    meta.check_request(
        "POST", "/v26.0/act_17/customaudiences", body={"name": "Loyal", "subtype": "CUSTOM"}
    )
    shop = Description.load(shared / "api-specs/hostedshop/service.wsdl")
    connect = (
        "<Solution_Connect><Username>api</Username><Password>word</Password></Solution_Connect>"
    )
    shop.check_request("POST", "/service.php", body=ENVELOPE.format(connect))
    answer = connect.replace("Connect>", "ConnectResponse>").replace(
        "<Username>api</Username><Password>word</Password>",
        "<Solution_ConnectResult>true</Solution_ConnectResult>",
    )
    shop.check_response("POST", "/service.php", 200, ENVELOPE.format(answer))
