// .NET's SOAP client, with the stubs that `wsdl` writes from our WSDL; SOAP 1.1 and 1.2.
// Arguments URL KEY TAG [CA PEM]; 0 when all was right.
using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Web.Services.Protocols;

static class Drive
{
    const string Headers = "AdditionalHeader: XML-RPC mail sender";
    const string Text = "Za\u017c\u00f3\u0142\u0107 <&> ]]> \ud83d\ude00";
    const string Month = "    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n"
        + "13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n";

    static int failures;

    static int Main(string[] arguments)
    {
        foreach (var version in new[] { SoapProtocolVersion.Soap11, SoapProtocolVersion.Soap12 })
        {
            var port = new Callpost { Url = arguments[0], SoapVersion = version };
            if (arguments.Length > 3)
                Secure(port, arguments[3], arguments[4]);
            Calls(port, arguments[1], arguments[2], version.ToString().ToLowerInvariant());
        }
        return failures == 0 ? 0 : 1;
    }

    static void Same(string what, object wanted, object got)
    {
        var right = Equals(wanted, got);
        Console.Error.WriteLine(right ? "ok    " + what : "WRONG " + what + ": wanted " + wanted + ", got " + got);
        failures += right ? 0 : 1;
    }

    /// The certificate and its key as .NET reads them; the server is trusted when the CA alone says so.
    static void Secure(Callpost port, string ca, string pem)
    {
        var file = Path.GetTempFileName();
        var export = "pkcs12 -export -in " + pem + " -out " + file + " -passout pass:x -keypbe PBE-SHA1-3DES -certpbe PBE-SHA1-3DES -macalg sha1";
        Process.Start(new ProcessStartInfo("openssl", export) { UseShellExecute = false }).WaitForExit();
        port.ClientCertificates.Add(new X509Certificate2(File.ReadAllBytes(file), "x"));
        File.Delete(file);
        var root = new X509Certificate2(File.ReadAllBytes(ca));
        ServicePointManager.ServerCertificateValidationCallback = (sender, certificate, chain, errors) => certificate.Issuer == root.Subject;
    }

    static void Calls(Callpost port, string key, string tag, string version)
    {
#if !RPC // in that style Mono looks for the answer to a method with a dot in its name under another one
        foreach (var value in new object[] { "Hello world", Text, "", "  white  ", "007", 5, true, 1.5 })
            Same(version + " echo of " + value, value, port.TestAPIecho(value));
#endif
        string wanted = "wanted-" + tag + "-" + version + "@example.org", unwanted = "unwanted-" + tag + "@example.org", wrong = "wrong@mail@example.org";
        var ok = port.send_message(key, Messages(wanted));
        Same(version + " queued", "ok 1 message(s) successfully queued for sending. 0", ok.status + " " + ok.user_message + " " + ok.errors.Length);
        var denied = port.send_message("wrong-key", Messages(wanted));
        Same(version + " wrong key", "100 Error: Authorization failed.", denied.error_code + " " + denied.user_message);
        Refused(version, "0 were correct", port.send_message(key, Messages(wrong)));
        Refused(version, "1 were correct", port.send_message(key, Messages(unwanted, wrong)));
        Same(version + " getMonth", Month, port.getMonth(2003, 1));
        try
        {
            Same(version + " month 13", "a fault", port.getMonth(2003, 13));
        }
        catch (SoapException fault)
        {
            Same(version + " month 13", "month must be from 1 to 12, not 13", fault.Message);
            Same(version + " month 13", version == "soap11" ? "Client" : "Sender", fault.Code.Name);
        }
    }

    static Message[] Messages(params string[] addresses)
    {
        return addresses.Select(to => new Message { to = to, from = "sender@example.org", subject = Text, text = "Hello world!", headers = Headers }).ToArray();
    }

    static void Refused(string version, string count, SendMessageAnswer answer)
    {
        Same(version + " refused", "error " + count, answer.status + " " + answer.user_message);
        var row = answer.errors[0];
        Same(version + " row", 50, row.error_code);
        Same(version + " row", "wrong@mail@example.org " + Text + " " + Headers, row.to + " " + row.subject + " " + row.extra_headers);
        Same(version + " row", "Error: Recepient address (wrong@mail@example.org) incorrect", row.user_message);
    }
}
