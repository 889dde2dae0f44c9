<?php
// keeps.php PORT NAME…: prints each NAME whose canned answer SoapClient makes something of.
$faults = 'WSDL|HTTP|looks like we got|Encoding:|Error Fetching|Wrong Version|DTD|SOAP-ERROR|not a valid';
foreach (array_slice($argv, 2) as $name) {
    $client = new SoapClient(null, ['location' => "http://127.0.0.1:$argv[1]/", 'uri' => 'urn:x', 'keep_alive' => false]);
    try {
        @$client->__soapCall($name, []);
        echo "$name\n";
    } catch (SoapFault $fault) {
        if (!preg_match("/$faults/", $fault->faultcode . ' ' . $fault->getMessage())) {
            echo "$name\n";
        }
    }
}
