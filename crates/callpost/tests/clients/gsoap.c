/* gSOAP, with the stubs that wsdl2h and soapcpp2 write from our WSDL; SOAP 1.1 and 1.2, each seen on the wire.
 * usage: gsoap URL KEY TAG [CA PEM]                   exit 0 only when every answer was right to the letter
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "soapH.h"
#include "CallpostSoap11.nsmap"

/* The stubs of style rpc and of style document differ in the calls alone. */
#ifdef DOCUMENT
typedef struct _ns1__TestAPI_x002eechoResponse echo_response;
typedef struct _ns1__getMonthResponse month_response;
typedef struct _ns1__send_USCOREmessageResponse send_response;
#else
typedef struct ns1__TestAPI_x002eechoResponse echo_response;
typedef struct ns2__getMonthResponse month_response;
typedef struct ns1__send_USCOREmessageResponse send_response;
#endif

static struct soap *soap;
static const char *url;
static int failures;
static char sent[128], came[128]; /* the Content-Types of the last request and its answer */
static int (*sends_header)(struct soap *, const char *, const char *);
static int (*reads_header)(struct soap *, const char *, const char *);

static char *HEADERS = "AdditionalHeader: XML-RPC mail sender";
static const char *WRONG = "Error: Recepient address (wrong@mail@example.org) incorrect";
static const char *MONTH = "    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n"
                           "13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n";

#ifdef DOCUMENT
static int call_echo(char *xml, echo_response *response)
{
    struct _ns1__TestAPI_x002eecho request = {xml};
    return soap_call___ns1__TestAPI_x002eecho(soap, url, NULL, &request, response);
}

static int call_month(int year, int month, month_response *response)
{
    struct _ns1__getMonth request = {year, month};
    return soap_call___ns1__getMonth(soap, url, NULL, &request, response);
}

static int call_send(char *key, struct ns1__ArrayOfMessage *list, send_response *response)
{
    struct _ns1__send_USCOREmessage request = {key, list};
    return soap_call___ns1__send_USCOREmessage(soap, url, NULL, &request, response);
}

/* The detail of the last fault has the type that the WSDL says. */
static int detailed(int code)
{
    struct SOAP_ENV__Detail *detail = soap->version == 2 ? soap->fault->SOAP_ENV__Detail : soap->fault->detail;
    return detail && detail->ns2__fault && detail->ns2__fault->code == code && detail->ns2__fault->trace;
}
#else
static int call_echo(char *xml, echo_response *response)
{
    return soap_call_ns1__TestAPI_x002eecho(soap, url, NULL, xml, response);
}

static int call_month(int year, int month, month_response *response)
{
    return soap_call_ns2__getMonth(soap, url, NULL, year, month, response);
}

static int call_send(char *key, struct ns1__ArrayOfMessage *list, send_response *response)
{
    return soap_call_ns1__send_USCOREmessage(soap, url, NULL, key, list, response);
}

static int detailed(int code)
{
    return code != 0;
}
#endif

static void verdict(int right, const char *what)
{
    fprintf(stderr, "%s %s\n", right ? "ok   " : "WRONG", what);
    failures += !right;
    if (!right && soap->error)
        soap_print_fault(soap, stderr);
}

static void same(const char *what, const char *wanted, const char *got)
{
    int right = got && !strcmp(wanted, got);
    verdict(right, what);
    if (!right)
        fprintf(stderr, "      wanted '%s', got '%s'\n", wanted, got ? got : "nothing");
}

/* The generator's table is for SOAP 1.2, and soap_set_version lasts only until the next call: the table decides. */
static void speak(int version)
{
    static struct Namespace table[sizeof namespaces / sizeof *namespaces];
    memcpy(table, namespaces, sizeof table);
    for (int place = 0; place < 2; place++) { /* SOAP-ENV, SOAP-ENC */
        table[place].ns = version == 2 ? namespaces[place].ns : namespaces[place].in;
        table[place].in = version == 2 ? namespaces[place].in : namespaces[place].ns;
    }
    soap_set_namespaces(soap, table);
}

static int note_sent(struct soap *soap, const char *name, const char *value)
{
    if (name && value && !strcasecmp(name, "Content-Type"))
        snprintf(sent, sizeof sent, "%s", value);
    return sends_header(soap, name, value);
}

static int note_came(struct soap *soap, const char *name, const char *value)
{
    if (!strcasecmp(name, "Content-Type"))
        snprintf(came, sizeof came, "%s", value);
    return reads_header(soap, name, value);
}

/* Both documents of the last call were of this version: by their media types, and by the envelope that came. */
static void spoken(int version)
{
    const char *media = version == 2 ? "application/soap+xml" : "text/xml";
    verdict(!strncmp(sent, media, strlen(media)), sent);
    verdict(!strncmp(came, media, strlen(media)), came);
    verdict(soap->version == version, "the version of the envelope that came");
}

static struct ns1__Message message(char *to)
{
    struct ns1__Message message;
    soap_default_ns1__Message(soap, &message);
    message.to = to;
    message.from = "sender@example.org";
    message.subject = "Za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87 <&>";
    message.text = "Hello world!";
    message.headers = HEADERS;
    return message;
}

static struct ns1__SendMessageAnswer *send_messages(const char *key, struct ns1__Message *messages, int count)
{
    struct ns1__ArrayOfMessage list = {count, messages};
    send_response response;
    memset(&response, 0, sizeof response);
    if (call_send((char *)key, &list, &response) || !response.return_) {
        verdict(0, "send_message");
        exit(1);
    }
    return response.return_;
}

static void refused(struct ns1__SendMessageAnswer *answer, const char *count)
{
    same("bad address: status", "error", answer->status);
    same("bad address: count", count, answer->user_USCOREmessage);
    verdict(!answer->error_USCOREcode && answer->errors && answer->errors->__sizeitem == 1, "bad address: one row");
    struct ns1__BadMessage *row = answer->errors->item;
    verdict(row->error_USCOREcode == 50, "bad address: code");
    same("bad address: to", "wrong@mail@example.org", row->to);
    same("bad address: subject", "Za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87 <&>", row->subject);
    same("bad address: text", "Hello world!", row->message);
    same("bad address: headers", HEADERS, row->extra_USCOREheaders);
    same("bad address: text", WRONG, row->user_USCOREmessage);
}

static void month(void)
{
    month_response response = {NULL};
    verdict(!call_month(2003, 1, &response), "getMonth");
    same("getMonth", MONTH, response.return_);
    verdict(call_month(2003, 13, &response) != SOAP_OK, "month 13 is a fault");
    same("month 13", "month must be from 1 to 12, not 13", soap_fault_string(soap));
    verdict(detailed(-32602), "month 13: detail");
}

/* What may be anything is XML as it is written. */
static void echo(void)
{
    echo_response response = {NULL};
    verdict(!call_echo("Za\xc5\xbc &lt;&amp;&gt; \xf0\x9f\x98\x80", &response), "echo");
    same("echo", "Za\xc5\xbc &lt;&amp;&gt; \xf0\x9f\x98\x80", response.return_);
    verdict(!call_echo("<a>1</a><b>x</b>", &response), "echo of a struct");
    same("echo of a struct", "<a>1</a><b>x</b>", response.return_);
}

/* The driver's own declaration: our WSDL has no such operation. */
static void unknown(int version)
{
    struct ns1__noSuchMethodResponse response = {NULL};
    verdict(soap_call_ns1__noSuchMethod(soap, url, NULL, 1, &response) != SOAP_OK, "an unknown method is a fault");
    same("unknown method", "there is no such method", soap_fault_string(soap));
    verdict(detailed(-32601), "unknown method: detail");
    same("unknown method: code", version == 2 ? "SOAP-ENV:Sender" : "SOAP-ENV:Client", *soap_faultcode(soap));
}

static void calls(const char *key, const char *tag, int number)
{
    const char *version = number == 2 ? "soap12" : "soap11";
    speak(number);
    echo();
    spoken(number);
    unknown(number);
    spoken(number);
    char wanted[256], unwanted[256];
    snprintf(wanted, sizeof wanted, "wanted-%s-%s@example.org", tag, version);
    snprintf(unwanted, sizeof unwanted, "unwanted-%s@example.org", tag);
    struct ns1__Message good = message(wanted);
    struct ns1__Message both[] = {message(unwanted), message("wrong@mail@example.org")};

    struct ns1__SendMessageAnswer *answer = send_messages(key, &good, 1);
    same("queued: status", "ok", answer->status);
    same("queued: text", "1 message(s) successfully queued for sending.", answer->user_USCOREmessage);
    verdict(!answer->error_USCOREcode && answer->errors && answer->errors->__sizeitem == 0, "queued: no errors");
    answer = send_messages("wrong-key", &good, 1);
    verdict(answer->error_USCOREcode && *answer->error_USCOREcode == 100 && !answer->errors, "wrong key: code");
    same("wrong key: text", "Error: Authorization failed.", answer->user_USCOREmessage);
    refused(send_messages(key, both + 1, 1), "0 were correct");
    refused(send_messages(key, both, 2), "1 were correct");
    month();
    spoken(number);
    soap_destroy(soap);
    soap_end(soap);
}

int main(int count, char **arguments)
{
    if (count < 4)
        return 2;
    soap = soap_new1(SOAP_C_UTFSTRING | SOAP_XML_STRICT);
    soap->recv_timeout = soap->connect_timeout = 30;
    url = arguments[1];
    if (count > 5 && soap_ssl_client_context(soap, SOAP_SSL_DEFAULT, arguments[5], NULL, arguments[4], NULL, NULL)) {
        soap_print_fault(soap, stderr);
        return 1;
    }
    sends_header = soap->fposthdr;
    reads_header = soap->fparsehdr;
    soap->fposthdr = note_sent;
    soap->fparsehdr = note_came;
    calls(arguments[2], arguments[3], 1);
    calls(arguments[2], arguments[3], 2);
    return failures ? 1 : 0;
}
