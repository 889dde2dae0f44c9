<?php
// PHP's SoapClient with the server's WSDL, in SOAP 1.1 and 1.2: parameters as a method's own, answers as objects.
// usage: php wsdl.php URL KEY TAG [CA PEM]             exit 0 only when every answer was right
require __DIR__ . '/expected.php';
[, $url, $key, $tag, $ca, $pem] = $argv + [4 => '', 5 => ''];
const JANUARY = "    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n"
    . "13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n";

function message(string $to): array
{
    return ['to' => $to, 'from' => FROM, 'subject' => 'Subject', 'text' => 'Hello world!', 'headers' => HEADERS];
}

foreach ([[SOAP_1_1, 'soap11'], [SOAP_1_2, 'soap12']] as [$version, $mark]) {
    $options = ['soap_version' => $version, 'cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS];
    if ($ca !== '') {
        $options['stream_context'] = stream_context_create(
            ['ssl' => ['cafile' => $ca, 'local_cert' => $pem, 'verify_peer' => true]]);
    }
    try {
        $soap = new SoapClient("$url?wsdl", $options);
        same("$mark getMonth", JANUARY, $soap->getMonth(2003, 1));
        same("$mark echo", "Za\u{17c}\u{f3}\u{142}\u{107} <&>", $soap->{'TestAPI.echo'}("Za\u{17c}\u{f3}\u{142}\u{107} <&>"));
        $queued = $soap->send_message($key, [message("wanted-$tag-$mark@example.org")]);
        same("$mark queued", ['ok', '1 message(s) successfully queued for sending.'], [$queued->status, $queued->user_message]);
        letters("$mark wrong key", UNAUTHORISED, $soap->send_message('wrong-key', [message('unwanted-@example.org')]));
        foreach ([[], [message("unwanted-$tag@example.org")]] as $correct => $good) {
            $refused = $soap->send_message($key, [...$good, message('wrong@mail@example.org')]);
            same("$mark $correct good and bad", ['error', "$correct were correct"], [$refused->status, $refused->user_message]);
            letters("$mark row", json_encode(json_decode(refused($correct))->errors, JSON_UNESCAPED_SLASHES), $refused->errors->item);
        }
    } catch (SoapFault $fault) {
        verdict(false, "$mark: {$fault->faultcode}: {$fault->getMessage()}");
    }
    try {
        $soap->getMonth(2003, 13);
        verdict(false, "$mark month 13: no fault");
    } catch (SoapFault $fault) {
        verdict(str_contains($fault->getMessage(), '13'), "$mark month 13: {$fault->faultcode}: {$fault->getMessage()}");
    }
}
exit($failures ? 1 : 0);
