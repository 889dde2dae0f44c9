<?php
// A service behind Callpost that speaks SOAP: PHP's SoapServer, unmodified, without a WSDL.

function kind($value): string
{
    if (is_array($value)) {
        return array_is_list($value) ? 'list' : 'struct';
    }
    $names = ['integer' => 'int', 'string' => 'string', 'boolean' => 'bool', 'double' => 'double', 'object' => 'struct'];
    return $names[gettype($value)];
}

class Methods
{
    public function mirror($values)
    {
        return ['kinds' => array_map('kind', $values), 'values' => $values];
    }

    public function only()
    {
        return ['one'];
    }

    public function subtract($a, $b)
    {
        return $a - $b;
    }

    public function refuse($why)
    {
        throw new SoapFault('Client', 'No: ' . $why);
    }

    public function slow($seconds)
    {
        file_put_contents(getenv('JOURNAL'), "slow\n", FILE_APPEND);
        usleep((int) (1000000 * $seconds));
        return 'done';
    }
}

$version = str_contains($_SERVER['CONTENT_TYPE'] ?? '', 'application/soap+xml') ? SOAP_1_2 : SOAP_1_1;
$server = new SoapServer(null, ['uri' => 'urn:registry', 'soap_version' => $version]);
$server->setClass('Methods');
$server->handle();
