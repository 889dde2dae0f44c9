import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What the Java programs of this folder share: arguments URL KEY TAG [CA PEM], TLS from PEM files, and the verdict. */
final class Field {
    static final String HEADERS = "AdditionalHeader: XML-RPC mail sender";
    static final String TEXT = "Za\u017c\u00f3\u0142\u0107 <&> ]]> \ud83d\ude00";
    static final String MONTH = "    January 2003\nMo Tu We Th Fr Sa Su\n       1  2  3  4  5\n 6  7  8  9 10 11 12\n"
            + "13 14 15 16 17 18 19\n20 21 22 23 24 25 26\n27 28 29 30 31\n";

    final String url;
    final String key;
    final String tag;
    private int failures;

    Field(String[] arguments) throws Exception {
        url = arguments[0];
        key = arguments[1];
        tag = arguments[2];
        if (arguments.length > 3) {
            SSLContext.setDefault(context(Path.of(arguments[3]), Path.of(arguments[4])));
            HttpsURLConnection.setDefaultSSLSocketFactory(SSLContext.getDefault().getSocketFactory());
        }
    }

    void same(String what, Object wanted, Object got) {
        boolean right = normal(wanted).equals(normal(got));
        System.err.println((right ? "ok    " : "WRONG ") + what + (right ? "" : ": wanted " + normal(wanted) + ", got " + normal(got)));
        failures += right ? 0 : 1;
    }

    void end() {
        System.exit(failures == 0 ? 0 : 1);
    }

    String[] message(String address) {
        return new String[] {address, "sender@example.org", "Subject", "Hello world!", HEADERS};
    }

    /** The answer to a call with one bad message. */
    Map<String, Object> refused(int good) {
        Map<String, Object> row = new TreeMap<>(Map.of(
                "to", "wrong@mail@example.org", "from", "sender@example.org", "subject", "Subject",
                "message", "Hello world!", "extra_headers", HEADERS, "error_code", 50,
                "user_message", "Error: Recepient address (wrong@mail@example.org) incorrect",
                "text", "Hello world!", "headers", HEADERS));
        return Map.of("status", "error", "errors", List.of(row), "user_message", good + " were correct");
    }

    static Map<String, Object> queued() {
        return Map.of("status", "ok", "errors", List.of(), "user_message", "1 message(s) successfully queued for sending.");
    }

    static Map<String, Object> unauthorised() {
        return Map.of("status", "error", "error_code", 100, "user_message", "Error: Authorization failed.");
    }

    /** Lists for arrays and sorted maps for maps, so that equals and toString mean something. */
    private static Object normal(Object value) {
        if (value instanceof Object[] array) {
            return normal(Arrays.asList(array));
        }
        if (value instanceof List<?> list) {
            List<Object> normal = new ArrayList<>();
            list.forEach(item -> normal.add(normal(item)));
            return normal;
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> normal = new TreeMap<>();
            map.forEach((name, item) -> normal.put(name.toString(), normal(item)));
            return normal;
        }
        return value == null ? "null" : value;
    }

    private static SSLContext context(Path ca, Path pem) throws Exception {
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("ca", certificates.generateCertificate(Files.newInputStream(ca)));
        byte[] own = block(Files.readString(pem), "CERTIFICATE");
        Certificate certificate = certificates.generateCertificate(new ByteArrayInputStream(own));
        byte[] secret = block(Files.readString(pem), "PRIVATE KEY");
        String algorithm = certificate.getPublicKey().getAlgorithm();
        PrivateKey key = KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(secret));
        store.setKeyEntry("own", key, new char[0], new Certificate[] {certificate});
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private static byte[] block(String pem, String label) {
        String body = pem.split("-----BEGIN " + label + "-----")[1].split("-----END")[0];
        return Base64.getMimeDecoder().decode(body.getBytes(StandardCharsets.US_ASCII));
    }
}
