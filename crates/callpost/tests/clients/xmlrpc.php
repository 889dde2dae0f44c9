<?php
// A PHP program of the old kind, by XML-RPC: xmlrpc_encode_request, file_get_contents, xmlrpc_decode, with all their
// habits: iso-8859-1 declared and UTF-8 bytes written as numeric references, no answer at all on any status but 200.
// usage: php xmlrpc.php URL KEY TAG [CA PEM]           exit 0 only when every answer was right to the letter
require __DIR__ . '/expected.php';
[, $url, $key, $tag, $ca, $pem] = $argv + [4 => '', 5 => ''];

function invoke(string $method, array $arguments): mixed
{
    global $url, $ca, $pem;
    $options = ['http' => [
        'method' => 'POST',
        'header' => "Content-Type: text/xml\r\nUser-Agent: PHPRPC/1.0\r\n",
        'content' => xmlrpc_encode_request($method, $arguments),
        'timeout' => 30,
    ]];
    if ($ca !== '') {
        $options['ssl'] = ['cafile' => $ca, 'local_cert' => $pem, 'verify_peer' => true];
    }
    $text = file_get_contents($url, false, stream_context_create($options));
    return $text === false ? 'no answer' : xmlrpc_decode($text);
}

$polish = "Za\u{17c}\u{f3}\u{142}\u{107} <&> g\u{119}\u{15b}l\u{105}";
same('echo of a text', 'Hello world', invoke('TestAPI.echo', ['Hello world']));
same('echo of UTF-8 written as Latin-1', $polish, invoke('TestAPI.echo', [$polish]));
same('echo of numbers', [1, -5, 1.5, true, ''], invoke('TestAPI.echo', [[1, -5, 1.5, true, '']]));
letters('queued', QUEUED, invoke('send_message', [$key, messages($tag)]));
letters('wrong key', UNAUTHORISED, invoke('send_message', ['wrong-key', messages($tag)]));
letters('bad address', refused(0), invoke('send_message', [$key, [bad_message()]]));
letters('good and bad: nothing queued', refused(1), invoke('send_message', [$key, [unwanted($tag), bad_message()]]));
same('getMonth', MONTH, invoke('getMonth', [2003, 1]));
$fault = invoke('getMonth', [2003, 13]);
verdict(is_array($fault) && xmlrpc_is_fault($fault), 'month 13 is a fault: ' . json_encode($fault));
$fault = invoke('no.such.method', []);
verdict(is_array($fault) && xmlrpc_is_fault($fault), 'an unknown method is a fault: ' . json_encode($fault));
exit($failures ? 1 : 0);
