import de.timroes.axmlrpc.XMLRPCClient;
import de.timroes.axmlrpc.XMLRPCServerException;
import java.net.URL;
import java.util.Map;

/** aXMLRPC, the XML-RPC library of Java and Android programs. Arguments URL KEY TAG [CA PEM]; 0 when all was right. */
public final class AxmlRpc {
    private static XMLRPCClient client;

    public static void main(String[] arguments) throws Exception {
        Field field = new Field(arguments);
        client = new XMLRPCClient(new URL(field.url));
        for (String text : new String[] {"Hello world", Field.TEXT, "a\nb"}) {
            field.same("echo of a text", text, client.call("TestAPI.echo", text));
        }
        for (Object value : new Object[] {"", 5, Integer.MIN_VALUE, true, false, -1.5}) {
            field.same("echo of " + value, value, client.call("TestAPI.echo", value));
        }
        Object list = new Object[] {1, new Object[] {"x", true}};
        field.same("echo of a list", list, call("TestAPI.echo", list));
        field.same("echo of an empty list", new Object[0], call("TestAPI.echo", (Object) new Object[0]));
        field.same("echo of a struct", Map.of("a", 1, "b", list), call("TestAPI.echo", Map.of("a", 1, "b", list)));
        Object wanted = field.message("wanted-" + field.tag + "@example.org");
        Object unwanted = field.message("unwanted-" + field.tag + "@example.org");
        Object wrong = field.message("wrong@mail@example.org");
        field.same("queued", Field.queued(), call("send_message", field.key, new Object[] {wanted}));
        field.same("wrong key", Field.unauthorised(), call("send_message", "wrong-key", new Object[] {wanted}));
        field.same("bad address", field.refused(0), call("send_message", field.key, new Object[] {wrong}));
        field.same("good and bad", field.refused(1), call("send_message", field.key, new Object[] {unwanted, wrong}));
        field.same("getMonth", Field.MONTH, call("getMonth", 2003, 1));
        field.same("month 13", "-32602 month must be from 1 to 12, not 13", call("getMonth", 2003, 13));
        field.same("unknown method", "-32601", call("no.such.method").toString().split(" ")[0]);
        field.end();
    }

    /** The result, or the fault's code and text. */
    private static Object call(String method, Object... values) throws Exception {
        try {
            return client.call(method, values);
        } catch (XMLRPCServerException fault) {
            return fault.getErrorNr() + " " + fault.getMessage().replaceAll(" \\[-?\\d+\\]$", "");
        }
    }
}
