// Go's net/http; JSON-RPC by encoding/json.
// usage: http_client URL KEY TAG [CA PEM]            exit 0 only when every answer was right
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

var (
	client   = &http.Client{}
	url      = os.Args[1]
	failures = 0
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func secure(ca, pem string) {
	root, err := os.ReadFile(ca)
	must(err)
	shown, err := tls.LoadX509KeyPair(pem, pem)
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	config := &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{shown}}
	client.Transport = &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
}

func same(what string, wanted, got interface{}) {
	if fmt.Sprint(wanted) == fmt.Sprint(got) {
		fmt.Fprintln(os.Stderr, "ok   ", what)
		return
	}
	fmt.Fprintf(os.Stderr, "WRONG %s: wanted %v, got %v\n", what, wanted, got)
	failures++
}

func post(document interface{}) (int, []byte) {
	body, err := json.Marshal(document)
	must(err)
	answer, err := client.Post(url, "application/json", bytes.NewReader(body))
	must(err)
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	must(err)
	return answer.StatusCode, said
}

type object map[string]interface{}

func call(method string, params ...interface{}) (interface{}, interface{}) {
	_, said := post(object{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	var answer struct {
		Result interface{}
		Error  struct{ Code int }
	}
	must(json.Unmarshal(said, &answer))
	return answer.Result, answer.Error.Code
}

func member(value interface{}, name string) interface{} {
	members, _ := value.(map[string]interface{})
	return members[name]
}

func main() {
	key, tag := os.Args[2], os.Args[3]
	if len(os.Args) > 5 {
		secure(os.Args[4], os.Args[5])
	}
	row := func(to string) []string { return []string{to, "sender@example.org", "Subject", "Hello world!"} }
	echo, _ := call("TestAPI.echo", "Zażółć <&> 😀")
	same("echo", "Zażółć <&> 😀", echo)
	queued, _ := call("send_message", key, [][]string{row("wanted-" + tag + "@example.org")})
	same("queued", "ok", member(queued, "status"))
	refused, _ := call("send_message", key, [][]string{row("unwanted-" + tag + "@example.org"), row("wrong@mail@x")})
	same("good and bad", "1 were correct", member(refused, "user_message"))
	_, code := call("getMonth", 2003, 13)
	same("month 13 is a fault", -32602, code)
	// `null` is what a nil slice becomes.
	_, said := post(object{"jsonrpc": "2.0", "id": 1, "method": "system.listMethods", "params": nil})
	same("no params", true, bytes.Contains(said, []byte("send_message")))
	status, said := post(object{"jsonrpc": "2.0", "method": "TestAPI.echo", "params": []string{"a"}})
	same("notification", "200 ", fmt.Sprint(status, " ", string(said)))
	if failures > 0 {
		os.Exit(1)
	}
}
