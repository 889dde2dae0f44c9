<?php
// PHP's SoapServer without a WSDL. usage: php -S 127.0.0.1:PORT soap_server.php
class Sum
{
    public function add(int $a, int $b): int
    {
        return $a + $b;
    }
}
$server = new SoapServer(null, ['uri' => 'urn:sum']);
$server->setClass(Sum::class);
$server->handle();
