<?php
// What the PHP programs send, and the answers they have always been given, to the letter.
error_reporting(E_ALL);
ini_set('display_errors', 'stderr');

const FROM = 'sender@example.org';
const HEADERS = 'AdditionalHeader: XML-RPC mail sender';
const QUEUED = '{"status":"ok","errors":[],"user_message":"1 message(s) successfully queued for sending."}';
const UNAUTHORISED = '{"status":"error","error_code":100,"user_message":"Error: Authorization failed."}';
const MONTH = "    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n"
    . "13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n";

$failures = 0;

/** One good message; the tag tells the queue entries of one program from another's. */
function messages(string $tag): array
{
    return [["wanted-$tag@example.org", FROM, 'Subject', 'Hello world!', HEADERS]];
}

/** A good message that must not be queued, because its neighbour is bad. */
function unwanted(string $tag): array
{
    return ["unwanted-$tag@example.org", FROM, 'Subject', 'Hello world!', HEADERS];
}

function bad_message(): array
{
    return ['wrong@mail@example.org', FROM, 'Subject', 'Hello world!', HEADERS];
}

/** The answer to a call with one bad message beside so many good ones. */
function refused(int $good): string
{
    return json_encode(['status' => 'error', 'errors' => [[
        'to' => 'wrong@mail@example.org', 'from' => FROM, 'subject' => 'Subject', 'message' => 'Hello world!',
        'extra_headers' => HEADERS, 'error_code' => 50,
        'user_message' => 'Error: Recepient address (wrong@mail@example.org) incorrect',
        'text' => 'Hello world!', 'headers' => HEADERS,
    ]], 'user_message' => "$good were correct"], JSON_UNESCAPED_SLASHES);
}

function verdict(bool $right, string $what): void
{
    global $failures;
    fwrite(STDERR, ($right ? 'ok    ' : 'WRONG ') . $what . "\n");
    $failures += $right ? 0 : 1;
}

function same(string $what, mixed $wanted, mixed $got): void
{
    verdict($wanted === $got, $what . ($wanted === $got ? '' : ': wanted ' . json_encode($wanted) . ', got ' . json_encode($got)));
}

/** Equal as JSON text: same members, same order, same types. */
function letters(string $what, string $wanted, mixed $got): void
{
    same($what, $wanted, json_encode($got, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE));
}
