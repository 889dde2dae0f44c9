import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Java's own HTTP: HttpURLConnection (HTTP/1.1, with a length and chunked) and HttpClient, which offers to upgrade to
 * HTTP/2 on plain HTTP and takes HTTP/2 by ALPN on HTTPS. Arguments URL KEY TAG [CA PEM]; 0 when all was right.
 */
public final class Jdk {
    private static final String SEND = "{\"jsonrpc\":\"2.0\",\"method\":\"send_message\",\"params\":[\"%s\",[%s]],\"id\":1}";
    private static final String ROW = "[\"%s\",\"sender@example.org\",\"Subject\",\"Hello world!\",\"" + Field.HEADERS + "\"]";

    private interface Carrier {
        String post(String body) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        Field field = new Field(arguments);
        HttpClient modern = HttpClient.newHttpClient();
        calls(field, "length", body -> connection(field.url, body, false));
        calls(field, "chunked", body -> connection(field.url, body, true));
        calls(field, "modern", body -> modern(modern, field, body));
        field.end();
    }

    private static void calls(Field field, String name, Carrier carrier) throws Exception {
        String text = "\"" + Field.TEXT + "\"";
        field.same(name + ": echo", result(text), carrier.post(call("TestAPI.echo", "[" + text + "]")));
        String values = "[1,true,-1.5,null,\"\",[],{},{\"a\":[1]}]";
        field.same(name + ": echo of values", result(values), carrier.post(call("TestAPI.echo", values)));
        String wanted = ROW.formatted("wanted-" + field.tag + "-" + name + "@example.org");
        String queued = "{\"status\":\"ok\",\"errors\":[],\"user_message\":\"1 message(s) successfully queued for sending.\"}";
        field.same(name + ": queued", result(queued), carrier.post(SEND.formatted(field.key, wanted)));
        String unauthorised = "{\"status\":\"error\",\"error_code\":100,\"user_message\":\"Error: Authorization failed.\"}";
        field.same(name + ": wrong key", result(unauthorised), carrier.post(SEND.formatted("wrong-key", wanted)));
        String bad = carrier.post(SEND.formatted(field.key, ROW.formatted("wrong@mail@example.org")));
        field.same(name + ": bad address", true, bad.contains("\"error_code\":50,") && bad.contains("\"user_message\":\"0 were correct\""));
        String month = "\"" + Field.MONTH.replace("\n", "\\n") + "\"";
        field.same(name + ": getMonth", result(month), carrier.post(call("getMonth", "[2003,1]")));
        for (String fault : List.of("getMonth [2003,13] -32602", "no.such.method [] -32601")) {
            String[] parts = fault.split(" ");
            String answer = carrier.post(call(parts[0], parts[1]));
            field.same(name + ": " + parts[0], true, answer.contains("\"error\":{\"code\":" + parts[2] + ",\"message\":"));
        }
    }

    private static String call(String method, String params) {
        return "{\"jsonrpc\":\"2.0\",\"method\":\"" + method + "\",\"params\":" + params + ",\"id\":1}";
    }

    private static String result(String value) {
        return "{\"jsonrpc\":\"2.0\",\"result\":" + value + ",\"id\":1}";
    }

    private static String connection(String url, String body, boolean chunked) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        connection.setDoOutput(true);
        if (chunked) {
            connection.setChunkedStreamingMode(16);
        } else {
            connection.setRequestProperty("Content-Type", "application/json");
        }
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body.getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream in = connection.getInputStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String modern(HttpClient client, Field field, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(field.url))
                .POST(HttpRequest.BodyPublishers.ofString(body)).build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        String version = field.url.startsWith("https:") ? "HTTP_2" : "HTTP_1_1";
        field.same("version", version, response.version().name());
        return response.body();
    }
}
