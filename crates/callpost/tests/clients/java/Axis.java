import callpost.ArrayOfMessage;
import callpost.BadMessage;
import callpost.CallpostLocator;
import callpost.CallpostPortType;
import callpost.Message;
import callpost.SendMessageAnswer;
import java.net.URL;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.namespace.QName;
import javax.xml.rpc.ParameterMode;
import org.apache.axis.AxisFault;
import org.apache.axis.Constants;
import org.apache.axis.client.Call;
import org.apache.axis.client.Service;

/**
 * Apache Axis 1: rpc/encoded calls that the program declares itself, and the stubs that WSDL2Java writes from our WSDL
 * (package callpost). Axis 1 writes a character beyond U+FFFF as two references to surrogates.
 * Arguments URL KEY TAG [CA PEM]; 0 when all was right.
 */
public final class Axis {
    public static void main(String[] arguments) throws Exception {
        Field field = new Field(arguments);
        encoded(field);
        described(field, new CallpostLocator().getCallpostSoap11(new URL(field.url)));
        field.end();
    }

    private static void encoded(Field field) throws Exception {
        for (Object value : new Object[] {"Hello world", Field.TEXT, "", "a\nb", 5, true, -1.5}) {
            field.same("echo of " + value, value, call(field, "TestAPI.echo", value));
        }
        field.same("echo of a list", new Object[] {1, "x"}, call(field, "TestAPI.echo", (Object) new Object[] {1, "x"}));
        field.same("getMonth", Field.MONTH, call(field, "getMonth", 2003, 1));
        field.same("month 13", "month must be from 1 to 12, not 13", call(field, "getMonth", 2003, 13));
        field.same("unknown method", "there is no such method", call(field, "noSuchMethod", new Object[0]));
        Call typed = call(field, "getMonth");
        typed.addParameter("year", Constants.XSD_INT, ParameterMode.IN);
        typed.addParameter("month", Constants.XSD_INT, ParameterMode.IN);
        typed.setReturnType(Constants.XSD_STRING);
        field.same("getMonth declared", Field.MONTH, typed.invoke(new Object[] {2003, 1}));
    }

    private static Call call(Field field, String method) throws Exception {
        Call call = (Call) new Service().createCall();
        call.setTargetEndpointAddress(new URL(field.url));
        call.setOperationName(new QName("urn:callpost", method));
        call.setTimeout(30_000);
        return call;
    }

    /** The result, or the fault's text. */
    private static Object call(Field field, String method, Object... values) throws Exception {
        try {
            return call(field, method).invoke(values);
        } catch (AxisFault fault) {
            return fault.getFaultString();
        }
    }

    private static void described(Field field, CallpostPortType port) throws Exception {
        String wanted = "wanted-" + field.tag + "@example.org";
        String unwanted = "unwanted-" + field.tag + "@example.org";
        String wrong = "wrong@mail@example.org";
        SendMessageAnswer ok = port.send_message(field.key, messages(wanted));
        String queued = "1 message(s) successfully queued for sending.";
        field.same("queued", List.of("ok", queued, "null"), List.of(ok.getStatus(), ok.getUser_message(), "" + ok.getError_code()));
        field.same("queued: no errors", true, ok.getErrors() == null || ok.getErrors().getItem() == null);
        SendMessageAnswer denied = port.send_message("wrong-key", messages(wanted));
        List<Object> seen = Arrays.asList(denied.getStatus(), denied.getError_code(), denied.getUser_message(), denied.getErrors());
        field.same("wrong key", Arrays.asList("error", 100, "Error: Authorization failed.", null), seen);
        refused(field, "0 were correct", port.send_message(field.key, messages(wrong)));
        refused(field, "1 were correct", port.send_message(field.key, messages(unwanted, wrong)));
        for (Object value : new Object[] {"Hello world", Field.TEXT, "007", 5, true}) {
            field.same("echo from WSDL of " + value, value, port.testAPIEcho(value));
        }
        field.same("getMonth from WSDL", Field.MONTH, port.getMonth(2003, 1));
        try {
            field.same("month 13 from WSDL", "a fault", port.getMonth(2003, 13));
        } catch (AxisFault fault) {
            field.same("month 13 from WSDL", "month must be from 1 to 12, not 13", fault.getFaultString());
        }
    }

    private static ArrayOfMessage messages(String... addresses) {
        Message[] rows = Stream.of(addresses).map(to -> {
            Message message = new Message();
            message.setTo(to);
            message.setFrom("sender@example.org");
            message.setSubject(Field.TEXT);
            message.setText("Hello world!");
            message.setHeaders(Field.HEADERS);
            return message;
        }).toArray(Message[]::new);
        ArrayOfMessage list = new ArrayOfMessage();
        list.setItem(rows);
        return list;
    }

    private static void refused(Field field, String count, SendMessageAnswer answer) {
        field.same("bad address", List.of("error", count), List.of(answer.getStatus(), answer.getUser_message()));
        BadMessage row = answer.getErrors().getItem()[0];
        field.same("bad address: row", List.of("wrong@mail@example.org", "sender@example.org", Field.TEXT, "Hello world!", Field.HEADERS,
                50, "Error: Recepient address (wrong@mail@example.org) incorrect", "Hello world!", Field.HEADERS),
                List.of(row.getTo(), row.getFrom(), row.getSubject(), row.getMessage(), row.getExtra_headers(),
                row.getError_code(), row.getUser_message(), row.getText(), row.getHeaders()));
    }
}
