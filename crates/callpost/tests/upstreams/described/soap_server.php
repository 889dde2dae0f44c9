<?php
// A service behind Callpost: PHP's SoapServer, unmodified, with a WSDL of the style that STYLE names, for the version that SOAP
// names. It serves its WSDL itself.

function kind($value): string
{
    return is_object($value) ? 'struct' : (is_array($value) ? 'list' : get_debug_type($value));
}

// SOAP literal has wrappers for lists, SOAP encoded has arrays.
function texts(array $texts)
{
    return getenv('STYLE') === 'encoded' ? $texts : ['text' => $texts];
}

class Shop
{
    public function repeat($text, $count)
    {
        return texts($count ? array_fill(0, $count, $text) : []);
    }

    public function mirror($order)
    {
        $lines = is_array($order->lines) ? $order->lines : ($order->lines->line ?? []);
        $kinds = array_map(fn($name) => kind($order->$name), ['id', 'price', 'paid']);
        return ['order' => $order, 'kinds' => texts([...$kinds, kind($lines), (string) count($lines)])];
    }

    public function stamp($when, $raw)
    {
        return ['when' => $when, 'raw' => strrev($raw), 'large' => 9007199254740993];
    }

    public function refuse($why)
    {
        throw new SoapFault('Client', 'No: ' . $why);
    }

    public function nothing()
    {
    }
}

// Document/literal hands over one struct with all parameters, and takes one with the result.
class Documents
{
    public function __call($name, $given)
    {
        $result = (new Shop())->$name(...array_values((array) ($given[0] ?? [])));
        return [$name . 'Result' => $result];
    }
}

ini_set('soap.wsdl_cache_enabled', '0');
$wsdl = file_get_contents(__DIR__ . '/' . getenv('STYLE') . '.wsdl');
$options = ['features' => SOAP_SINGLE_ELEMENT_ARRAYS];
if (getenv('SOAP') === '1.2') {
    $wsdl = str_replace('xmlsoap.org/wsdl/soap/', 'xmlsoap.org/wsdl/soap12/', $wsdl);
    $options['soap_version'] = SOAP_1_2;
}
$server = new SoapServer('data://text/xml;base64,' . base64_encode($wsdl), $options);
$server->setObject(getenv('STYLE') === 'document' ? new Documents() : new Shop());
// PHP runs what the document names; of documents the action that the WSDL asks for must be there as well.
$action = ($_SERVER['HTTP_SOAPACTION'] ?? '') . ($_SERVER['CONTENT_TYPE'] ?? '');
if (getenv('STYLE') === 'document' && $_SERVER['REQUEST_METHOD'] === 'POST' && !str_contains($action, '"urn:shop/')) {
    $server->fault('Client', 'the action is not as the WSDL says');
}
$server->handle();
