<?php
// PHP's SoapClient with the server's WSDL, in SOAP 1.1 and 1.2: parameters as a method's own, answers as objects. In style
// document it takes and gives the wrapping elements.
// usage: [WSDL=?wsdl] php wsdl.php URL KEY TAG [CA PEM]    exit 0 only when every answer was right
require __DIR__ . '/expected.php';
[, $url, $key, $tag, $ca, $pem] = $argv + [4 => '', 5 => ''];
define('WSDL', getenv('WSDL') ?: '?wsdl');
define('WRAPPED', str_contains(WSDL, 'document'));
const JANUARY = "    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n"
    . "13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n";

function message(string $to): array
{
    return ['to' => $to, 'from' => FROM, 'subject' => 'Subject', 'text' => 'Hello world!', 'headers' => HEADERS];
}

const NAMES = ['getMonth' => ['year', 'month'], 'TestAPI.echo' => ['text'], 'send_message' => ['api_key', 'messages']];

function call(SoapClient $soap, string $method, mixed ...$values): mixed
{
    if (!WRAPPED) {
        return $soap->__soapCall($method, $values);
    }
    return $soap->__soapCall($method, [array_combine(NAMES[$method], $values)])->return;
}

foreach ([[SOAP_1_1, 'soap11'], [SOAP_1_2, 'soap12']] as [$version, $mark]) {
    $options = ['soap_version' => $version, 'cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS];
    if ($ca !== '') {
        $options['stream_context'] = stream_context_create(
            ['ssl' => ['cafile' => $ca, 'local_cert' => $pem, 'verify_peer' => true]]);
    }
    try {
        $soap = new SoapClient($url . WSDL, $options);
        same("$mark getMonth", JANUARY, call($soap, 'getMonth', 2003, 1));
        same("$mark echo", "Za\u{17c}\u{f3}\u{142}\u{107} <&>", call($soap, 'TestAPI.echo', "Za\u{17c}\u{f3}\u{142}\u{107} <&>"));
        $queued = call($soap, 'send_message', $key, [message("wanted-$tag-$mark@example.org")]);
        same("$mark queued", ['ok', '1 message(s) successfully queued for sending.'], [$queued->status, $queued->user_message]);
        letters("$mark wrong key", UNAUTHORISED, call($soap, 'send_message', 'wrong-key', [message('unwanted-@example.org')]));
        foreach ([[], [message("unwanted-$tag@example.org")]] as $correct => $good) {
            $refused = call($soap, 'send_message', $key, [...$good, message('wrong@mail@example.org')]);
            same("$mark $correct good and bad", ['error', "$correct were correct"], [$refused->status, $refused->user_message]);
            letters("$mark row", json_encode(json_decode(refused($correct))->errors, JSON_UNESCAPED_SLASHES), $refused->errors->item);
        }
    } catch (SoapFault $fault) {
        verdict(false, "$mark: {$fault->faultcode}: {$fault->getMessage()}");
    }
    try {
        call($soap, 'getMonth', 2003, 13);
        verdict(false, "$mark month 13: no fault");
    } catch (SoapFault $fault) {
        if (WRAPPED) {
            same("$mark month 13: detail", -32602, (int) $fault->detail->fault->code);
        }
        verdict(str_contains($fault->getMessage(), '13'), "$mark month 13: {$fault->faultcode}: {$fault->getMessage()}");
    }
}
exit($failures ? 1 : 0);
