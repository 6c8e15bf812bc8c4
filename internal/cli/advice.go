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

// advice returns a hint what the user can do about err. It returns "" if the error text says it
// already, or if there is no hint.
func advice(err error) string {
	for _, advise := range []func(error) string{adviceOnListening, adviceOnHandshake, adviceOnRefusal, adviceOnConnection, adviceOnFiles} {
		if text := advise(err); text != "" {
			return text
		}
	}
	return ""
}

// adviceOnHandshake gives hints about a server that refused the handshake.
func adviceOnHandshake(err error) string {
	status, explained, noSession := 0, false, refusedAs(err, wire.ErrorCodeNotFound, "Session not found")
	if refused, ok := errors.AsType[*remote.HandshakeError](err); ok {
		status, explained = refused.Status, refused.Refusal != nil
	} else if refused, ok := errors.AsType[ws.StatusError](err); ok {
		status = int(refused)
	} else if closed, ok := errors.AsType[*remote.ClosedError](err); ok && closed.Refused() {
		status, explained, noSession = closed.Code-4000, true, closed.Code == 4404 // the HTTP status that the close code stands for
	}
	switch {
	// A server with TLS answers a plain HTTP request with status 400 of HTTP/1.0.
	case errors.Is(err, ws.ErrHandshakeBadProtocol), status == http.StatusBadRequest && !explained:
		return "if the server uses TLS, the address in --url must begin with wss://"
	case status == http.StatusNotFound && noSession:
		return "seg call get-sessions lists all sessions"
	case status == http.StatusOK, status == http.StatusNotFound:
		return "check the path in --url: the address of a seg server is ws://HOST:PORT/ws/connect"
	case status >= 300 && status < 400:
		return "the server redirects to another address; behind a proxy it usually begins with wss://"
	case status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return "a proxy answered, but the server behind it did not: check whether that server runs"
	case status == http.StatusConflict:
		return "choose another --client-id, or none"
	case status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests:
		return "wait a little, or raise the limits of the server (seg serve --help)"
	}
	return ""
}

// refusedAs reports whether a server refused a request with this code and text. An empty text
// matches every text.
func refusedAs(err error, code wire.ErrorCode, text string) bool {
	refused, ok := errors.AsType[*remote.Error](err)
	return ok && refused.Code == code && (text == "" || refused.Text == text)
}

// adviceOnRefusal gives hints about a request that the server refused.
func adviceOnRefusal(err error) string {
	switch {
	case refusedAs(err, wire.ErrorCodeUnauthorized, ""):
		return "set SEG_PASSWORD to the password of the server"
	case refusedAs(err, wire.ErrorCodeRateLimited, ""):
		return "wait a little, or raise the limits of the server (seg serve --help)"
	case refusedAs(err, wire.ErrorCodeInternal, ""):
		return "the server's log has the details under the same id"
	case refusedAs(err, wire.ErrorCodeUnknownType, ""):
		return "this program and the server use different versions of the protocol: compare the contract in the answer of seg call ping with seg --version"
	}
	return ""
}

// adviceOnConnection gives hints about a server that cannot be reached.
func adviceOnConnection(err error) string {
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not use TLS: the address in --url must begin with ws://"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "make this machine trust the issuer (SSL_CERT_FILE names a file with trusted certificates), and use the host name in the certificate"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "use the name in the certificate as the host in --url"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "check the host in --url"
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return "start a server with seg serve, or give the address of another one with --url or SEG_URL"
	}
	if _, ok := errors.AsType[clikit.UnreachableError](err); !ok {
		return ""
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "check host and port in --url, and whether the server there still answers"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, ws.ErrMalformedResponse):
		return "the program at this address is not a seg server: check host and port in --url"
	}
	return ""
}

// adviceOnListening gives hints about an address that a server cannot listen on.
func adviceOnListening(err error) string {
	at, ok := errors.AsType[*net.OpError](err)
	_, admin := errors.AsType[serve.AdminError](err)
	switch {
	case !ok || at.Op != "listen":
		return ""
	case admin:
		return "stop the program that listens there, or choose another --admin-addr, such as 127.0.0.1:0 for a free port"
	case errors.Is(err, syscall.EADDRINUSE):
		return "stop the program that listens there, or choose another --addr; seg doctor shows whether it is a seg server"
	case errors.Is(err, fs.ErrPermission):
		return "choose a port above 1023 with --addr, or put a proxy in front of the server"
	}
	return "give an address of this machine as --addr host:port, or :port for all addresses"
}

// adviceOnFiles gives hints about a file or folder that does not exist or cannot be used.
func adviceOnFiles(err error) string {
	at, ok := errors.AsType[*fs.PathError](err)
	if !ok {
		return ""
	}
	folder := filepath.Dir(at.Path)
	switch _, missing := os.Stat(folder); {
	case errors.Is(missing, fs.ErrNotExist):
		return fmt.Sprintf("create the folder %s first", folder)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("give this user write access to %s, or choose another folder", folder)
	}
	return ""
}
