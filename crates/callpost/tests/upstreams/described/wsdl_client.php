<?php
// PHP's SoapClient, from our WSDL, calls a service elsewhere as if it were ours.  usage: php wsdl_client.php URL
$client = new SoapClient($argv[1] . '?wsdl', ['cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS]);
$lines = [['name' => 'a', 'tags' => ['item' => ['t']]]];
$seen = $client->mirror(['id' => 7, 'price' => 2, 'paid' => true, 'lines' => ['item' => $lines]]);
echo json_encode($seen);
