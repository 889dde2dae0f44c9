/* xmlrpc-c's client library, over its curl transport. The library takes no text beyond the Basic Multilingual Plane.
 * usage: xmlrpc_c URL KEY TAG [CA PEM]                exit 0 only when every answer was right to the letter
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xmlrpc-c/base.h>
#include <xmlrpc-c/client.h>

static xmlrpc_env env;
static xmlrpc_client *client;
static const char *url;
static int failures;

static const char *HEADERS = "AdditionalHeader: XML-RPC mail sender";
static const char *MONTH = "    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n"
                           "13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n";

static void verdict(int right, const char *what, const char *detail)
{
    fprintf(stderr, "%s %s%s%s\n", right ? "ok   " : "WRONG", what, right ? "" : ": ", right ? "" : detail);
    failures += !right;
}

static xmlrpc_value *call(const char *method, const char *format, ...)
{
    va_list values;
    const char *rest;
    xmlrpc_value *params, *answer = NULL;
    xmlrpc_server_info *server;
    va_start(values, format);
    xmlrpc_env_clean(&env);
    xmlrpc_env_init(&env);
    xmlrpc_build_value_va(&env, format, values, &params, &rest);
    va_end(values);
    if (env.fault_occurred)
        return NULL;
    server = xmlrpc_server_info_new(&env, url);
    xmlrpc_client_call2(&env, client, server, method, params, &answer);
    xmlrpc_server_info_free(server);
    return env.fault_occurred ? NULL : answer;
}

/* Compares as XML-RPC text: members of a struct in their order, every type. */
static void same(const char *what, xmlrpc_value *got, const char *format, ...)
{
    va_list values;
    const char *rest;
    xmlrpc_value *wanted;
    if (!got) {
        verdict(0, what, env.fault_string);
        return;
    }
    va_start(values, format);
    xmlrpc_build_value_va(&env, format, values, &wanted, &rest);
    va_end(values);
    xmlrpc_mem_block *left = xmlrpc_mem_block_new(&env, 0), *right = xmlrpc_mem_block_new(&env, 0);
    xmlrpc_serialize_value2(&env, left, wanted, xmlrpc_dialect_i8);
    xmlrpc_serialize_value2(&env, right, got, xmlrpc_dialect_i8);
    xmlrpc_mem_block_append(&env, right, "", 1);
    size_t length = xmlrpc_mem_block_size(left);
    int equal = length == xmlrpc_mem_block_size(right) - 1 &&
                !memcmp(xmlrpc_mem_block_contents(left), xmlrpc_mem_block_contents(right), length);
    verdict(equal, what, xmlrpc_mem_block_contents(right));
}

static void fault(const char *what, int code, const char *text)
{
    verdict(env.fault_occurred && env.fault_code == code && (!text || !strcmp(env.fault_string, text)), what,
            env.fault_occurred ? env.fault_string : "no fault");
}

static void refused(const char *what, xmlrpc_value *got, const char *count)
{
    same(what, got, "{s:s,s:({s:s,s:s,s:s,s:s,s:s,s:i,s:s,s:s,s:s}),s:s}", "status", "error", "errors",
         "to", "wrong@mail@example.org", "from", "sender@example.org", "subject", "Subject", "message", "Hello world!",
         "extra_headers", HEADERS, "error_code", 50,
         "user_message", "Error: Recepient address (wrong@mail@example.org) incorrect",
         "text", "Hello world!", "headers", HEADERS, "user_message", count);
}

static void open_client(const char *ca, const char *pem)
{
    struct xmlrpc_curl_xportparms curl = {0};
    struct xmlrpc_clientparms parameters = {0};
    curl.cainfo = ca;
    curl.ssl_cert = pem;
    curl.sslkey = pem;
    parameters.transport = "curl";
    parameters.transportparmsP = &curl;
    parameters.transportparm_size = XMLRPC_CXPSIZE(ssl_cipher_list);
    xmlrpc_env_init(&env);
    xmlrpc_client_setup_global_const(&env);
    xmlrpc_client_create(&env, 0, "callpost-test", "1", &parameters, sizeof parameters, &client);
    if (env.fault_occurred) {
        fprintf(stderr, "no client: %s\n", env.fault_string);
        exit(1);
    }
}

static void echoes(void)
{
    const char *texts[] = {"Hello world", "Za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87 <&> ]]>", "", "  white  ", "a\nb"};
    int numbers[] = {5, 0, -2147483647 - 1, 2147483647};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        same("echo of a text", call("TestAPI.echo", "(s)", texts[i]), "s", texts[i]);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        same("echo of a number", call("TestAPI.echo", "(i)", numbers[i]), "i", numbers[i]);
    same("echo of true", call("TestAPI.echo", "(b)", 1), "b", 1);
    same("echo of a double", call("TestAPI.echo", "(d)", -1.5), "d", -1.5);
    same("echo of a wide number", call("TestAPI.echo", "(I)", 1LL << 40), "I", 1LL << 40);
    same("echo of an empty list", call("TestAPI.echo", "(())"), "()");
    same("echo of a list", call("TestAPI.echo", "((i(i())))", 1, 2), "(i(i()))", 1, 2);
    same("echo of a struct", call("TestAPI.echo", "({s:i,s:(is)})", "a", 1, "b", 1, "x"), "{s:i,s:(is)}", "a", 1, "b", 1, "x");
    same("echo of an empty struct", call("TestAPI.echo", "({})"), "{}");
}

static xmlrpc_value *send_one(const char *key, const char *to)
{
    return call("send_message", "(s((sssss)))", key, to, "sender@example.org", "Subject", "Hello world!", HEADERS);
}

int main(int count, char **arguments)
{
    char wanted[256], unwanted[256];
    if (count < 4)
        return 2;
    url = arguments[1];
    open_client(count > 4 ? arguments[4] : NULL, count > 5 ? arguments[5] : NULL);
    snprintf(wanted, sizeof wanted, "wanted-%s@example.org", arguments[3]);
    snprintf(unwanted, sizeof unwanted, "unwanted-%s@example.org", arguments[3]);
    echoes();
    same("queued", send_one(arguments[2], wanted), "{s:s,s:(),s:s}", "status", "ok", "errors", "user_message",
         "1 message(s) successfully queued for sending.");
    same("wrong key", send_one("wrong-key", wanted), "{s:s,s:i,s:s}", "status", "error", "error_code", 100,
         "user_message", "Error: Authorization failed.");
    refused("bad address", send_one(arguments[2], "wrong@mail@example.org"), "0 were correct");
    refused("good and bad", call("send_message", "(s((sssss)(sssss)))", arguments[2],
            unwanted, "sender@example.org", "Subject", "Hello world!", HEADERS,
            "wrong@mail@example.org", "sender@example.org", "Subject", "Hello world!", HEADERS), "1 were correct");
    same("getMonth", call("getMonth", "(ii)", 2003, 1), "s", MONTH);
    call("getMonth", "(ii)", 2003, 13);
    fault("month 13", -32602, "RPC failed at server.  month must be from 1 to 12, not 13");
    call("no.such.method", "()");
    fault("unknown method", -32601, NULL);
    return failures ? 1 : 0;
}
