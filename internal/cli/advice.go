package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gobwas/ws"

	remote "seg.example/gen/client"
	"seg.example/gen/wire"
	"seg.example/internal/cli/clikit"
	"seg.example/internal/cli/serve"
)

// advice says what to do next about what went wrong; nothing where the error says so itself, or nobody knows.
func advice(err error) string {
	for _, advise := range []func(error) string{adviceOnListening, adviceOnHandshake, adviceOnRefusal, adviceOnConnection, adviceOnFiles} {
		if text := advise(err); text != "" {
			return text
		}
	}
	return ""
}

// adviceOnHandshake is about a server that was found and did not let the client in.
func adviceOnHandshake(err error) string {
	status, explained, noSession := 0, false, refusedAs(err, wire.ErrorCodeNotFound, "Session not found")
	if refused, ok := errors.AsType[*remote.HandshakeError](err); ok {
		status, explained = refused.Status, refused.Refusal != nil
	} else if refused, ok := errors.AsType[ws.StatusError](err); ok {
		status = int(refused)
	} else if closed, ok := errors.AsType[*remote.ClosedError](err); ok && closed.Refused() {
		status, explained, noSession = closed.Code-4000, true, closed.Code == 4404 // what HTTP would have said
	}
	switch {
	// A server that speaks TLS answers what is none with a 400 of HTTP/1.0.
	case errors.Is(err, ws.ErrHandshakeBadProtocol), status == http.StatusBadRequest && !explained:
		return "if the server has a certificate, the address begins with wss://"
	case status == http.StatusNotFound && noSession:
		return "seg call get-sessions lists the sessions that there are"
	case status == http.StatusOK, status == http.StatusNotFound:
		return "check the path in --url: a seg server's is ws://HOST:PORT/ws/connect"
	case status >= 300 && status < 400:
		return "another address is wanted there: where a proxy stands in front, it usually begins with wss://"
	case status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return "a proxy stands there, and the server behind it does not answer: see whether that runs"
	case status == http.StatusConflict:
		return "choose another --client-id, or none"
	case status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests:
		return "wait a little, or give the server higher limits (seg serve --help)"
	}
	return ""
}

// refusedAs tells whether a server has refused something with a code and a text; any text if it is empty.
func refusedAs(err error, code wire.ErrorCode, text string) bool {
	refused, ok := errors.AsType[*remote.Error](err)
	return ok && refused.Code == code && (text == "" || refused.Text == text)
}

// adviceOnRefusal is about a request that was refused.
func adviceOnRefusal(err error) string {
	switch {
	case refusedAs(err, wire.ErrorCodeUnauthorized, ""):
		return "set SEG_PASSWORD to the password that the server was started with"
	case refusedAs(err, wire.ErrorCodeRateLimited, ""):
		return "wait a little, or give the server higher limits (seg serve --help)"
	case refusedAs(err, wire.ErrorCodeInternal, ""):
		return "the server's log says more, under the same id"
	case refusedAs(err, wire.ErrorCodeUnknownType, ""):
		return "server and program speak different versions of the protocol: compare the contract in the answer of seg call ping with seg --version"
	}
	return ""
}

// adviceOnConnection is about a server that cannot be reached.
func adviceOnConnection(err error) string {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server has no certificate: the address begins with ws://"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "let this machine trust who has signed it (SSL_CERT_FILE names a file of certificates to trust), under the name in the certificate"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "use the name in the certificate as the host in --url"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "check the host in --url"
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "start a server there with seg serve, or say where it is with --url or SEG_URL"
	}
	if _, ok := errors.AsType[clikit.UnreachableError](err); !ok {
		return ""
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "check host and port in --url, and whether the server there still answers"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, ws.ErrMalformedResponse):
		return "what listens there does not answer as a seg server does: check host and port in --url"
	}
	return ""
}

// adviceOnListening is about an address that a server cannot have.
func adviceOnListening(err error) string {
	at, ok := errors.AsType[*net.OpError](err)
	_, admin := errors.AsType[serve.AdminError](err)
	switch {
	case !ok || at.Op != "listen":
		return ""
	case admin:
		return "stop what listens there, or choose another --admin-addr, such as 127.0.0.1:0 for any port that is free"
	case errors.Is(err, syscall.EADDRINUSE):
		return "stop what listens there, or choose another --addr; seg doctor tells whether it is a seg server"
	case errors.Is(err, fs.ErrPermission):
		return "choose a port above 1023 with --addr, or let a proxy stand in front"
	}
	return "give an address of this machine as --addr host:port, or :port for all of them"
}

// adviceOnFiles is about a file or a folder that is not there or must not be used.
func adviceOnFiles(err error) string {
	at, ok := errors.AsType[*fs.PathError](err)
	if !ok {
		return ""
	}
	folder := filepath.Dir(at.Path)
	switch _, missing := os.Stat(folder); {
	case errors.Is(missing, fs.ErrNotExist):
		return fmt.Sprintf("make the folder %s first", folder)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("let this user write in %s, or choose another place", folder)
	}
	return ""
}
