// A service behind Callpost: JAX-WS' reference implementation, rpc/literal. Its WSDL imports its types.
// usage: java -cp JARS Shop.java PORT
import javax.jws.WebParam;
import javax.jws.WebService;
import javax.jws.soap.SOAPBinding;
import javax.xml.ws.Endpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

@SOAPBinding(style = SOAPBinding.Style.RPC)
@WebService(name = "Shop", serviceName = "Shop", targetNamespace = "urn:shop")
public class Shop {
    public static class Line {
        public String name;
        public List<String> tags = new ArrayList<>();
    }

    public static class Order {
        public int id;
        public double price;
        public boolean paid;
        public List<Line> lines = new ArrayList<>();
    }

    public static class Texts {
        public List<String> text = new ArrayList<>();
    }

    public static class Seen {
        public Order order;
        public List<String> kinds;
    }

    public Texts repeat(@WebParam(name = "text") String text, @WebParam(name = "count") int count) {
        Texts texts = new Texts();
        texts.text.addAll(Collections.nCopies(count, text));
        return texts;
    }

    public Seen mirror(@WebParam(name = "order") Order order) {
        Seen seen = new Seen();
        seen.order = order;
        seen.kinds = List.of("int", "double", "boolean", "list", String.valueOf(order.lines.size()));
        return seen;
    }

    public String refuse(@WebParam(name = "why") String why) {
        throw new IllegalArgumentException("No: " + why);
    }

    public static void main(String[] arguments) {
        Endpoint.publish("http://127.0.0.1:" + arguments[0] + "/", new Shop());
    }
}
