<?php
// PHP's SoapClient without a WSDL, rpc/encoded, SOAP 1.1 and 1.2, and once with gzip on the request.
// usage: php soap.php URL KEY TAG [CA PEM]             exit 0 only when every answer was right
require __DIR__ . '/expected.php';
[, $url, $key, $tag, $ca, $pem] = $argv + [4 => '', 5 => ''];

function client(int $version, array $more = []): SoapClient
{
    global $url, $ca, $pem;
    $options = ['location' => $url, 'uri' => 'urn:callpost', 'soap_version' => $version, 'connection_timeout' => 30,
        'features' => SOAP_SINGLE_ELEMENT_ARRAYS] + $more;
    if ($ca !== '') {
        $options['stream_context'] = stream_context_create(
            ['ssl' => ['cafile' => $ca, 'local_cert' => $pem, 'verify_peer' => true]]);
    }
    return new SoapClient(null, $options);
}

foreach ([[SOAP_1_1, '1.1', 'soap11'], [SOAP_1_2, '1.2', 'soap12']] as [$version, $name, $mark]) {
    $soap = client($version);
    $tagged = "$tag-$mark";
    try {
        same("$name getMonth", MONTH, $soap->getMonth(2003, 1));
        same("$name getMonth, named", MONTH, $soap->__soapCall('getMonth',
            [new SoapParam(1, 'month'), new SoapParam(2003, 'year')]));
        same("$name echo", "Za\u{17c}\u{f3}\u{142}\u{107} <&>", $soap->{'TestAPI.echo'}("Za\u{17c}\u{f3}\u{142}\u{107} <&>"));
        letters("$name queued", QUEUED, $soap->send_message($key, messages($tagged)));
        letters("$name wrong key", UNAUTHORISED, $soap->send_message('wrong-key', messages($tagged)));
        letters("$name bad address", refused(0), $soap->send_message($key, [bad_message()]));
        letters("$name good and bad", refused(1), $soap->send_message($key, [unwanted($tagged), bad_message()]));
    } catch (SoapFault $fault) {
        verdict(false, "$name: {$fault->faultcode}: {$fault->getMessage()}");
    }
    foreach (['noSuchOperation' => [1], 'getMonth' => [2003, 13]] as $method => $arguments) {
        try {
            $soap->__soapCall($method, $arguments);
            verdict(false, "$name $method: no fault");
        } catch (SoapFault $fault) {
            verdict(!str_contains($fault->faultcode, 'HTTP'), "$name $method: {$fault->faultcode}: {$fault->getMessage()}");
        }
    }
}
same('a request in gzip', MONTH, client(SOAP_1_1, ['compression' => SOAP_COMPRESSION_GZIP | 5])->getMonth(2003, 1));
exit($failures ? 1 : 0);
