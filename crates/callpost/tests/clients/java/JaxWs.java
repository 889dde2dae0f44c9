import callpost.ArrayOfMessage;
import callpost.BadMessage;
import callpost.Callpost;
import callpost.CallpostFault;
import callpost.CallpostPortType;
import callpost.Message;
import callpost.SendMessageAnswer;
import java.net.URL;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.soap.AddressingFeature;
import javax.xml.ws.soap.MTOMFeature;

/**
 * JAX-WS with the stubs that wsimport writes from our WSDL in style document (package callpost); SOAP 1.1 and 1.2, each also
 * with WS-Addressing, and with MTOM.
 * Arguments URL KEY TAG [CA PEM]; 0 when all was right.
 */
public final class JaxWs {
    public static void main(String[] arguments) throws Exception {
        Field field = new Field(arguments);
        Callpost service = new Callpost(new URL(field.url + "?wsdl=document"));
        calls(field, "soap11", service.getCallpostSoap11());
        calls(field, "soap12", service.getCallpostSoap12());
        addressed(field, "soap11 addressed", service.getCallpostSoap11(new AddressingFeature(true, true)));
        addressed(field, "soap12 addressed", service.getCallpostSoap12(new AddressingFeature(true, true)));
        addressed(field, "soap11 by MTOM", service.getCallpostSoap11(new MTOMFeature()));
        addressed(field, "soap12 by MTOM", service.getCallpostSoap12(new MTOMFeature(), new AddressingFeature(true, true)));
        field.end();
    }

    private static void calls(Field field, String version, CallpostPortType port) throws Exception {
        ((BindingProvider) port).getRequestContext().put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, field.url);
        for (Object value : new Object[] {"Hello world", Field.TEXT, "", "  white  ", "007", 5, true, 1.5}) {
            field.same(version + " echo of " + value, value, port.testAPIEcho(value));
        }
        String wanted = "wanted-" + field.tag + "-" + version + "@example.org";
        String unwanted = "unwanted-" + field.tag + "@example.org";
        String wrong = "wrong@mail@example.org";
        SendMessageAnswer ok = port.sendMessage(field.key, messages(wanted));
        String queued = "1 message(s) successfully queued for sending.";
        field.same(version + " queued", List.of("ok", queued, "null"), List.of(ok.getStatus(), ok.getUserMessage(), "" + ok.getErrorCode()));
        field.same(version + " queued: no errors", List.of(), ok.getErrors().getItem());
        SendMessageAnswer denied = port.sendMessage("wrong-key", messages(wanted));
        List<Object> seen = Arrays.asList(denied.getStatus(), denied.getErrorCode(), denied.getUserMessage(), denied.getErrors());
        field.same(version + " wrong key", Arrays.asList("error", 100, "Error: Authorization failed.", null), seen);
        refused(field, "0 were correct", port.sendMessage(field.key, messages(wrong)));
        refused(field, "1 were correct", port.sendMessage(field.key, messages(unwanted, wrong)));
        field.same(version + " getMonth", Field.MONTH, port.getMonth(2003, 1));
        try {
            field.same(version + " month 13", "a fault", port.getMonth(2003, 13));
        } catch (CallpostFault fault) {
            field.same(version + " month 13", List.of("month must be from 1 to 12, not 13", -32602, "month"),
                    List.of(fault.getMessage(), fault.getFaultInfo().getCode(), fault.getFaultInfo().getPath()));
        }
        field.same(version + " system.listMethods", true, port.systemListMethods().getItem().contains("send_message"));
    }

    /** With WS-Addressing JAX-WS refuses an answer that does not relate to its request, or has another action than the WSDL says. */
    private static void addressed(Field field, String version, CallpostPortType port) throws Exception {
        ((BindingProvider) port).getRequestContext().put(BindingProvider.ENDPOINT_ADDRESS_PROPERTY, field.url);
        field.same(version + " getMonth", Field.MONTH, port.getMonth(2003, 1));
        field.same(version + " echo", Field.TEXT, port.testAPIEcho(Field.TEXT));
        try {
            field.same(version + " month 13", "a fault", port.getMonth(2003, 13));
        } catch (CallpostFault fault) {
            field.same(version + " month 13", "month must be from 1 to 12, not 13", fault.getMessage());
        }
    }

    private static ArrayOfMessage messages(String... addresses) {
        ArrayOfMessage list = new ArrayOfMessage();
        Stream.of(addresses).forEach(to -> {
            Message message = new Message();
            message.setTo(to);
            message.setFrom("sender@example.org");
            message.setSubject(Field.TEXT);
            message.setText("Hello world!");
            message.setHeaders(Field.HEADERS);
            list.getItem().add(message);
        });
        return list;
    }

    private static void refused(Field field, String count, SendMessageAnswer answer) {
        field.same("bad address", List.of("error", count), List.of(answer.getStatus(), answer.getUserMessage()));
        BadMessage row = answer.getErrors().getItem().get(0);
        field.same("bad address: row", List.of("wrong@mail@example.org", "sender@example.org", Field.TEXT, "Hello world!", Field.HEADERS,
                50, "Error: Recepient address (wrong@mail@example.org) incorrect", "Hello world!", Field.HEADERS),
                List.of(row.getTo(), row.getFrom(), row.getSubject(), row.getMessage(), row.getExtraHeaders(),
                row.getErrorCode(), row.getUserMessage(), row.getText(), row.getHeaders()));
    }
}
