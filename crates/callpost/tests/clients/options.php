<?php
// PHP by JSON-RPC (curl) and by XML-RPC (the extension): a message with an attachment, made again under one key.
// usage: php options.php URL KEY TAG [CA PEM]          exit 0 only when every answer was right
[, $url, $key, $tag, $ca, $pem] = $argv + [4 => '', 5 => ''];
$failures = 0;

function verdict(bool $right, string $what, mixed $got): void
{
    global $failures;
    fwrite(STDERR, ($right ? 'ok    ' : 'WRONG ') . $what . ($right ? '' : ': ' . json_encode($got)) . "\n");
    $failures += $right ? 0 : 1;
}

function ask(string $body, string $type): string
{
    global $url, $ca, $pem;
    $curl = curl_init($url);
    curl_setopt_array($curl, [CURLOPT_POST => true, CURLOPT_POSTFIELDS => $body, CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 30, CURLOPT_HTTPHEADER => ["Content-Type: $type"]]);
    if ($ca !== '') {
        curl_setopt_array($curl, [CURLOPT_CAINFO => $ca, CURLOPT_SSLCERT => $pem]);
    }
    return (string) curl_exec($curl);
}

function by_json(string $method, mixed ...$params): array
{
    $body = json_encode(['jsonrpc' => '2.0', 'id' => 1, 'method' => $method, 'params' => $params]);
    return json_decode(ask($body, 'application/json'), true)['result'];
}

function by_xml(string $method, mixed ...$params): array
{
    $body = xmlrpc_encode_request($method, $params, ['encoding' => 'utf-8', 'escaping' => 'markup']);
    return xmlrpc_decode(ask($body, 'text/xml'), 'utf-8');
}

$file = random_bytes(5000);
$message = ['to' => "wanted-$tag@example.org", 'from' => 'sender@example.org', 'subject' => "Za\u{17c}\u{f3}\u{142}\u{107}",
    'text' => 'Hello world!', 'cc' => null, 'html' => '<p>Hello</p>',
    'attachments' => [['filename' => "\u{17c}.bin", 'content' => chunk_split(base64_encode($file))]]];
$options = ['idempotency_key' => "invoice-$tag", 'partial' => false];
$first = by_json('send_message', $key, [$message], $options);
verdict($first['status'] === 'ok' && count($first['message_ids']) === 1, 'queued', $first);
verdict(by_json('send_message', $key, [$message], $options) === $first, 'made again', $first);
$other = by_json('send_message', $key, [['subject' => 'Other'] + $message], $options);
verdict($other['error_code'] === 130, 'another payload', $other);
verdict(!isset(by_json('send_message', $key, [])['message_ids']), 'without options nothing is new', null);
verdict(by_json('send_message', $key, [$message], [])['message_ids'] !== null, 'an empty array is options', null);
if (function_exists('xmlrpc_encode_request')) {
    $again = by_xml('send_message', $key, [$message], $options);
    verdict($again['message_ids'] === $first['message_ids'], 'made again by XML-RPC', $again);
    $status = by_xml('message_status', $key, $first['message_ids']);
    verdict($status[0]['recipients'][0]['address'] === "wanted-$tag@example.org", 'status', $status);
}
exit($failures === 0 ? 0 : 1);
