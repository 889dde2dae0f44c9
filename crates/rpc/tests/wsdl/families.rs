//! Families of services, condensed.

use serde_json::json;

use super::house::{as_zeep_writes, body, case, described, result, text, written};

#[test]
fn human_resources_with_a_common_header_and_qualified_attributes() {
    let reference = json!({ "Skip_Non_Existing_Instances": true, "Worker_Reference": [
        { "ID": [{ "_value_1": "21001", "type": "Employee_ID" }], "Descriptor": "Ann" } ] });
    let header = json!({ "header": { "Include_Reference_Descriptors_In_Response": true } });
    as_zeep_writes(&[
        case(
            "workday.wsdl",
            "Get_Workers",
            json!({
                "Request_References": reference, "Response_Filter": { "Page": 1, "Count": 100 }, "version": "v40.0", "_soapheaders": header,
            }),
        ),
        case(
            "workday.wsdl",
            "Get_Workers",
            json!({ "Request_Criteria": { "Exclude_Inactive_Workers": true }, "version": "v40.0" }),
        ),
    ]);
    let worker = "<w:Worker><w:Worker_Reference w:Descriptor=\"Ann\"><w:ID w:type=\"WID\">7</w:ID></w:Worker_Reference>\
                  <w:Hired>2026-01-02</w:Hired></w:Worker>";
    let answer = format!(
        "<w:Get_Workers_Response xmlns:w=\"urn:example:bsvc\" w:version=\"v40.0\"><w:Response_Data>{worker}</w:Response_Data></w:Get_Workers_Response>"
    );
    let worker = json!({ "Worker_Reference": { "ID": [{ "_value_1": "7", "type": "WID" }], "Descriptor": "Ann" }, "Hired": "2026-01-02" });
    assert_eq!(
        result(&described("workday.wsdl"), "Get_Workers", &answer),
        json!({ "Response_Data": [worker], "version": "v40.0" })
    );
}

#[test]
fn a_business_suite_with_abstract_records_in_schemas_of_their_own() {
    let reference =
        json!({ "xsi:type": "{urn:example:core.platform}RecordRef", "internalId": "1", "type": "subsidiary" });
    let customer = json!({
        "xsi:type": "{urn:example:relationships.lists}Customer", "internalId": "5", "companyName": "Acme",
        "subsidiary": { "internalId": "1" },
        "addressbookList": { "replaceAll": false, "addressbook": [{ "city": "Warsaw" }] },
    });
    let login = json!({ "passport": { "email": "a@example.org", "password": "p", "account": "1", "role": { "internalId": "3" } } });
    let basic = json!({
        "xsi:type": "{urn:example:relationships.lists}CustomerSearchBasic",
        "companyName": { "searchValue": "Ac", "operator": "startsWith" },
    });
    // An attribute with a default is written where it is not given.
    let plain = json!({ "xsi:type": "{urn:example:relationships.lists}Customer", "addressbookList": { "addressbook": [{ "city": "W" }] } });
    as_zeep_writes(&[
        case("netsuite.wsdl", "add", json!({ "record": plain })),
        case("netsuite.wsdl", "add", json!({ "record": customer, "_soapheaders": login })),
        case("netsuite.wsdl", "search", json!({ "searchRecord": basic, "_soapheaders": login })),
    ]);
    let suite = described("netsuite.wsdl");
    assert_eq!(suite.problems().collect::<Vec<_>>(), [""; 0]);
    let refused = written(&suite, "add", &json!({ "record": reference })).unwrap_err();
    assert!(refused.path == "record.xsi:type" && refused.message.contains("`Customer`"), "{refused:?}");
    let answer = "<addResponse xmlns=\"urn:example:messages.platform\" xmlns:c=\"urn:example:core.platform\"><writeResponse>\
                  <c:status isSuccess=\"true\"/><baseRef i:type=\"c:RecordRef\" internalId=\"5\" type=\"customer\"><c:name>Acme</c:name>\
                  </baseRef></writeResponse></addResponse>";
    let reference = json!({ "xsi:type": "RecordRef", "name": "Acme", "internalId": "5", "type": "customer" });
    assert_eq!(result(&suite, "add", answer), json!({ "status": { "isSuccess": true }, "baseRef": reference }));
}

#[test]
fn a_customer_database_with_objects_of_whatever_members() {
    let account = json!({ "type": "Account", "Id": null, "fieldsToNull": ["Fax"], "Name": "Acme", "Employees": 5 });
    let database = described("salesforce.wsdl");
    let session = json!({ "SessionHeader": { "sessionId": "s" }, "CallOptions": { "client": "c" } });
    as_zeep_writes(&[case(
        "salesforce.wsdl",
        "query",
        json!({ "queryString": "SELECT Id", "_soapheaders": { "SessionHeader": { "sessionId": "s" } } }),
    )]);
    assert_eq!(
        body(&database, "create", &json!({ "sObjects": [account], "_soapheaders": session })),
        "<m:create xmlns:m=\"urn:partner.example\"><m:sObjects><q:type xmlns:q=\"urn:sobject.partner.example\">Account</q:type>\
         <q:fieldsToNull xmlns:q=\"urn:sobject.partner.example\">Fax</q:fieldsToNull>\
         <q:Id xmlns:q=\"urn:sobject.partner.example\" xsi:nil=\"true\"/>\
         <q:Name xmlns:q=\"urn:sobject.partner.example\" xsi:type=\"xsd:string\">Acme</q:Name>\
         <q:Employees xmlns:q=\"urn:sobject.partner.example\" xsi:type=\"xsd:int\">5</q:Employees></m:sObjects></m:create>"
    );
    let header = text(&written(&database, "create", &json!({ "sObjects": [], "_soapheaders": session })).unwrap());
    assert!(header.contains("<q:sessionId xmlns:q=\"urn:partner.example\">s</q:sessionId>"), "{header}");
    let record =
        "<records i:type=\"s:sObject\"><s:type>Account</s:type><s:Id i:nil=\"true\"/><s:Name>Acme</s:Name></records>";
    let answer = format!(
        "<queryResponse xmlns=\"urn:partner.example\" xmlns:s=\"urn:sobject.partner.example\"><result><done>true</done>{record}{record}<size>2</size>\
         </result></queryResponse>"
    );
    let record = json!({ "type": "Account", "fieldsToNull": [], "Id": null, "Name": "Acme" });
    assert_eq!(result(&database, "query", &answer), json!({ "done": true, "records": [record, record], "size": 2 }));
}

#[test]
fn a_shop_in_rpc_encoded_style() {
    let shop = described("magento.wsdl");
    assert_eq!(
        body(
            &shop,
            "catalogProductList",
            &json!({ "sessionId": "s", "filters": { "filter": [{ "key": "sku", "value": "x" }] }, "storeView": "1" })
        ),
        "<m:catalogProductList xmlns:m=\"urn:Shop\" SOAP-ENV:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\">\
         <sessionId xsi:type=\"xsd:string\">s</sessionId><filters xmlns:t=\"urn:Shop\" xsi:type=\"t:filters\">\
         <filter xmlns:t=\"urn:Shop\" xsi:type=\"SOAP-ENC:Array\" SOAP-ENC:arrayType=\"t:associativeEntity[1]\">\
         <item xmlns:t=\"urn:Shop\" xsi:type=\"t:associativeEntity\"><key xsi:type=\"xsd:string\">sku</key><value xsi:type=\"xsd:string\">x</value></item>\
         </filter></filters><storeView xsi:type=\"xsd:string\">1</storeView></m:catalogProductList>"
    );
    let product = "<item i:type=\"n:productEntity\"><product_id i:type=\"x:string\">1</product_id><sku i:type=\"x:string\">a</sku>\
                   <category_ids e:arrayType=\"x:string[2]\" i:type=\"n:ArrayOfString\"><item i:type=\"x:string\">2</item><item i:type=\"x:string\">3</item></category_ids></item>";
    let answer = format!(
        "<n:catalogProductListResponse xmlns:n=\"urn:Shop\" xmlns:x=\"http://www.w3.org/2001/XMLSchema\" xmlns:e=\"http://schemas.xmlsoap.org/soap/encoding/\">\
         <storeView e:arrayType=\"n:productEntity[1]\" i:type=\"n:productEntityArray\">{product}</storeView></n:catalogProductListResponse>"
    );
    assert_eq!(
        result(&shop, "catalogProductList", &answer),
        json!([{ "product_id": "1", "sku": "a", "category_ids": ["2", "3"] }])
    );
}

#[test]
fn resource_planning_with_policies_and_unqualified_elements() {
    let line = json!({ "Airlineid": "LO", "Flightdate": "2026-01-02", "Price": 99 });
    as_zeep_writes(&[
        case(
            "sap.wsdl",
            "BAPI_FLIGHT_GETLIST",
            json!({ "AIRLINE": "LO", "FLIGHT_LIST": { "item": [line, line] }, "MAX_ROWS": 5 }),
        ),
        case("sap.wsdl", "BAPI_FLIGHT_GETLIST", json!({ "MAX_ROWS": 5 })),
    ]);
    let line = "<item><Airlineid>LO</Airlineid><Flightdate>2026-01-02</Flightdate><Price>99.50</Price></item>";
    let answer = format!(
        "<n:BAPI_FLIGHT_GETLISTResponse xmlns:n=\"urn:example:soap:functions:mc-style\"><FLIGHT_LIST>{line}</FLIGHT_LIST><RETURN/></n:BAPI_FLIGHT_GETLISTResponse>"
    );
    let found = result(&described("sap.wsdl"), "BAPI_FLIGHT_GETLIST", &answer);
    assert_eq!(found["FLIGHT_LIST"][0]["Airlineid"], "LO");
}

#[test]
fn travel_with_attributes_all_over_and_messages_in_an_imported_wsdl() {
    let segment = json!({
        "InfoSource": "Distribution", "BestOnly": true, "StayDateRange": { "Start": "2026-01-02", "End": "2026-01-03" },
        "Remark": [{ "_value_1": "quiet", "Language": "en" }],
    });
    let request =
        json!({ "EchoToken": "e", "Version": 4, "AvailRequestSegments": { "AvailRequestSegment": [segment] } });
    let mut with_headers = request.clone();
    with_headers["_soapheaders"] = json!({
        "SecurityHostedUser": { "UserID": { "POS_Type": "1", "PseudoCityCode": "WAW1" } }, "session": { "TransactionStatusCode": "Start" },
    });
    // zeep writes the attribute of a session and refuses its missing elements.
    let mut whole = with_headers.clone();
    whole["_soapheaders"]["session"] =
        json!({ "SessionId": "s", "SequenceNumber": 1, "TransactionStatusCode": "InSeries" });
    as_zeep_writes(&[
        case("amadeus.wsdl", "Hotel_Availability", request),
        case("amadeus.wsdl", "Hotel_Availability", whole),
    ]);
    let travel = described("amadeus.wsdl");
    assert!(
        text(&written(&travel, "Hotel_Availability", &with_headers).unwrap())
            .contains("TransactionStatusCode=\"Start\"></q:Session>")
    );
    let answer = "<HotelAvailRS xmlns=\"urn:example:travel/OTA\" EchoToken=\"e\" Version=\"4\"><Success/><Room Code=\"A\" Rate=\"9.5\"/><Room Code=\"B\"/></HotelAvailRS>";
    let found = result(&travel, "Hotel_Availability", answer);
    assert_eq!(found["Room"], json!([{ "Code": "A", "Rate": 9.5 }, { "Code": "B" }]));
    assert_eq!(found["EchoToken"], "e");
}

#[test]
fn dot_net_with_arrays_types_of_its_own_and_data_sets() {
    let rows =
        json!([{ "When": "2026-01-02T03:04:05Z", "Amount": 1.5 }, { "When": "2026-01-02T03:04:05Z", "Amount": null }]);
    let store = json!({ "key": "0e37fb3b-0000-4000-8000-000000000000", "tags": ["a", "b"], "rows": rows, "_soapheaders": { "Auth": { "User": "u" } } });
    let box_ = described("asmx.wsdl");
    assert_eq!(
        body(&box_, "Store", &store),
        "<m:Store xmlns:m=\"http://tempuri.example/\"><m:key>0e37fb3b-0000-4000-8000-000000000000</m:key>\
         <m:tags><m:string>a</m:string><m:string>b</m:string></m:tags>\
         <m:rows><m:Row><m:When>2026-01-02T03:04:05Z</m:When><m:Amount>1.5</m:Amount></m:Row>\
         <m:Row><m:When>2026-01-02T03:04:05Z</m:When><m:Amount xsi:nil=\"true\"/></m:Row></m:rows></m:Store>"
    );
    let answer = "<StoreResponse xmlns=\"http://tempuri.example/\"><StoreResult><Row><When>2026-01-02T03:04:05</When><Amount>2</Amount></Row></StoreResult></StoreResponse>";
    assert_eq!(result(&box_, "Store", answer), json!([{ "When": "2026-01-02T03:04:05", "Amount": 2.0 }]));
    let set = "<FetchResponse xmlns=\"http://tempuri.example/\"><FetchResult><s:schema id=\"NewDataSet\" xmlns=\"\" xmlns:s=\"http://www.w3.org/2001/XMLSchema\">\
               <s:element name=\"NewDataSet\"/></s:schema><d:diffgram xmlns:d=\"urn:schemas-microsoft-com:xml-diffgram-v1\"><NewDataSet xmlns=\"\">\
               <Table d:id=\"Table1\"><ID>1</ID></Table><Table d:id=\"Table2\"><ID>2</ID></Table></NewDataSet></d:diffgram></FetchResult></FetchResponse>";
    let found = result(&box_, "Fetch", set);
    assert_eq!(found["diffgram"]["NewDataSet"]["Table"], json!([{ "ID": "1" }, { "ID": "2" }]));
}
