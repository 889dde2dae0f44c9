<?php
// A PHP program of the old kind, by JSON-RPC: curl, the header for JSON set in a way that has no effect (so the
// request says application/x-www-form-urlencoded), a random id of five characters, one PEM for certificate and key.
// usage: php jsonrpc.php URL KEY TAG [CA PEM]          exit 0 only when every answer was right to the letter
require __DIR__ . '/expected.php';

class JsonRpcFailure extends Exception {}

class JsonRpcMailer
{
    public function __construct(private string $url, private string $ca, private string $pem) {}

    public function __call(string $method, array $arguments): mixed
    {
        return $this->invoke($method, $arguments);
    }

    public function invoke(string $method, array $arguments): mixed
    {
        $id = substr(str_shuffle('0123456789abcdefghijklmnopqrstuvwxyz'), 0, 5);
        $question = json_encode(['jsonrpc' => '2.0', 'method' => $method, 'params' => $arguments, 'id' => $id]);
        $curl = curl_init($this->url);
        curl_setopt_array($curl, [
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => $question,
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_TIMEOUT => 30,
        ]);
        if ($this->ca !== '') {
            curl_setopt($curl, CURLOPT_CAINFO, $this->ca);
            curl_setopt($curl, CURLOPT_SSLCERT, $this->pem);
        }
        $text = curl_exec($curl);
        if ($text === false) {
            throw new JsonRpcFailure('no answer: ' . curl_error($curl), -32000);
        }
        // The HTTP status is not looked at, on purpose: that program never did.
        $answer = json_decode($text);
        if (!is_object($answer)) {
            throw new JsonRpcFailure("JSON cannot be decoded: $text", -32603);
        }
        if (!property_exists($answer, 'id') || $answer->id !== $id) {
            throw new JsonRpcFailure("Mismatched JSON-RPC IDs: $text", -32603);
        }
        if (property_exists($answer, 'error')) { // even a null error is an error here
            throw new JsonRpcFailure($answer->error->message ?? "error without message: $text", $answer->error->code ?? 0);
        }
        return $answer->result;
    }
}

[, $url, $key, $tag, $ca, $pem] = $argv + [4 => '', 5 => ''];
$mailer = new JsonRpcMailer($url, $ca, $pem);
$text = "Za\u{17c}\u{f3}\u{142}\u{107} g\u{119}\u{15b}l\u{105} \u{1f600} \"/\\\n</script>\u{2028}";

same('echo of a text', 'Hello world', $mailer->invoke('TestAPI.echo', ['Hello world']));
same('echo of Unicode', $text, $mailer->invoke('TestAPI.echo', [$text]));
letters('echo of the arguments of send_message', json_encode(['k', messages($tag)]),
    $mailer->invoke('TestAPI.echo', ['k', messages($tag)]));
letters('queued', QUEUED, $mailer->send_message($key, messages($tag)));
letters('wrong key', UNAUTHORISED, $mailer->send_message('wrong-key', messages($tag)));
letters('bad address', refused(0), $mailer->send_message($key, [bad_message()]));
letters('good and bad: nothing queued', refused(1), $mailer->send_message($key, [unwanted($tag), bad_message()]));
same('getMonth', MONTH, $mailer->getMonth(2003, 1));
foreach (['no.such.method' => [[], -32601], 'getMonth' => [[2003, 13], -32602]] as $method => [$arguments, $code]) {
    try {
        $mailer->invoke($method, $arguments);
        verdict(false, "$method is an error");
    } catch (JsonRpcFailure $failure) {
        same("$method is an error", $code, $failure->getCode());
    }
}
try { // text that is not UTF-8 makes json_encode fail, and an empty body is sent
    $mailer->invoke('TestAPI.echo', ["\xff"]);
    verdict(false, 'an empty body is a parse error');
} catch (JsonRpcFailure $failure) {
    // its id can only be null, so this program sees ids that differ
    same('an empty body is answered', 'Mismatched JSON-RPC IDs', substr($failure->getMessage(), 0, 23));
    verdict(str_contains($failure->getMessage(), '-32700'), 'an empty body is a parse error: ' . $failure->getMessage());
}
exit($failures ? 1 : 0);
