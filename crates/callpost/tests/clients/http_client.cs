// .NET's HttpClient and WebClient, as Mono has them; JSON-RPC written by hand.
// Arguments URL KEY TAG; 0 when all was right.
using System;
using System.Net;
using System.Net.Http;
using System.Text;

static class HttpClients
{
    static int failures;

    static int Main(string[] arguments)
    {
        string url = arguments[0], key = arguments[1], tag = arguments[2];
        using (var client = new HttpClient())
            Calls("HttpClient", key, tag + "-httpclient", body => {
                var content = new StringContent(body, Encoding.UTF8, "application/json");
                var answer = client.PostAsync(url, content).Result;
                return (int) answer.StatusCode + " " + answer.Content.ReadAsStringAsync().Result;
            });
        Calls("WebClient", key, tag + "-webclient", body => {
            using (var client = new WebClient { Encoding = Encoding.UTF8 })
                return "200 " + client.UploadString(url, body);
        });
        return failures == 0 ? 0 : 1;
    }

    static void Calls(string name, string key, string tag, Func<string, string> post)
    {
        const string Rest = "\"sender@example.org\",\"Subject\",\"Hello world!\"]";
        string wanted = "[\"wanted-" + tag + "@example.org\"," + Rest, unwanted = "[\"unwanted-" + tag + "@example.org\"," + Rest;
        Has(name + " echo", "200 {\"jsonrpc\":\"2.0\",\"result\":\"Za\u017c\u00f3\u0142\u0107\",\"id\":1}", post(Call("TestAPI.echo", "[\"Za\u017c\u00f3\u0142\u0107\"]")));
        Has(name + " queued", "\"status\":\"ok\"", post(Call("send_message", "[\"" + key + "\",[" + wanted + "]]")));
        Has(name + " good and bad", "1 were correct", post(Call("send_message", "[\"" + key + "\",[" + unwanted + ",[\"wrong@mail@x\"," + Rest + "]]")));
        Has(name + " fault", "\"code\":-32602", post(Call("getMonth", "[2003,13]")));
        Has(name + " notification", "200 ", post("{\"jsonrpc\":\"2.0\",\"method\":\"TestAPI.echo\",\"params\":[\"a\"]}"));
    }

    static string Call(string method, string parameters)
    {
        return "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + method + "\",\"params\":" + parameters + "}";
    }

    static void Has(string what, string wanted, string got)
    {
        var right = got.Contains(wanted);
        Console.Error.WriteLine(right ? "ok    " + what : "WRONG " + what + ": wanted " + wanted + " in " + got);
        failures += right ? 0 : 1;
    }
}
