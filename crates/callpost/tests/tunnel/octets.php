<?php
// Says what it was asked, and answers with the octets turned round.
$said = ['Method' => 'REQUEST_METHOD', 'Target' => 'REQUEST_URI', 'Kind' => 'CONTENT_TYPE', 'Own' => 'HTTP_X_OWN',
    'Asker' => 'HTTP_CALLPOST_ASKER'];
foreach ($said as $name => $variable) {
    header("X-$name: " . ($_SERVER[$variable] ?? '-'));
}
header('Content-Type: application/x-octets');
header("Location: http://127.0.0.1:{$_SERVER['SERVER_PORT']}/files/made?id=7");
http_response_code($_SERVER['REQUEST_METHOD'] === 'POST' ? 201 : 418);
echo strrev(file_get_contents('php://input')), "\0\r\n.\r\n\xff";
