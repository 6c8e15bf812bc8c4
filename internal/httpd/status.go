package httpd

import (
	"context"
	"net/http"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// catalog is what status says about the protocol. It never changes while the server runs.
type catalog struct {
	messages   []message
	broadcasts []broadcast
}

// message describes a request that is served.
type message struct {
	Type        string     `json:"type"`
	Description string     `json:"description"`
	Noun        string     `json:"noun"`
	Auth        route.Auth `json:"auth"`
	Args        []field    `json:"args"`
	Responses   []response `json:"responses"`
	Broadcasts  []string   `json:"broadcasts"`
	Errors      []string   `json:"errors"`
}

// response describes an answer: the frame's type and, in words, what it carries.
type response struct {
	Type string `json:"type"`
	Data string `json:"data"`
}

// broadcast describes a message that the server sends unasked.
type broadcast struct {
	Type        string         `json:"type"`
	Description string         `json:"description"`
	Delivery    route.Delivery `json:"delivery"`
	Data        []field        `json:"data"`
}

// field describes a field of a request or of a broadcast's data.
type field struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	Required    bool   `json:"required"`
	Description string `json:"description"`
}

func newCatalog() catalog {
	var c catalog
	for _, m := range route.Messages() {
		c.messages = append(c.messages, message{
			m.Type, m.Description, m.Noun, m.Auth, fields(m.Args), responses(m), notNil(m.Emits), notNil(m.Errors),
		})
	}
	for _, b := range route.Broadcasts() {
		c.broadcasts = append(c.broadcasts, broadcast{b.Type, b.Description, b.Delivery, fields(b.Fields)})
	}
	return c
}

// responses lists the frames that answer m. An answer that is a frame of its own comes always; the response, whose data is null
// then, comes behind it when the request has a request_id, as with every request.
func responses(m *route.Message) []response {
	if m.AnswerFrame == "" {
		return []response{{"response", m.Answer}}
	}
	return []response{{m.AnswerFrame, m.Answer}, {"response", "null"}}
}

func fields(args []route.Arg) []field {
	list := make([]field, len(args))
	for i, a := range args {
		list[i] = field{a.Name, a.Type, a.Required, a.Description}
	}
	return list
}

// notNil makes an empty list [] in JSON.
func notNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// status tells what the server serves. Who is connected is told only to a caller with the password; everyone else gets the count
// and an empty list, whatever token came with the request. Only whoever has presented too many wrong ones is refused.
func (h *handler) status(w http.ResponseWriter, r *http.Request) {
	state := "running"
	if h.Sockets.Draining() {
		state = "draining"
	}
	ids := []string{}
	if token(r) == tokenGiven {
		refused := h.present(r)
		if refused != nil && refused.status == http.StatusTooManyRequests {
			refuse(w, refused)
			return
		}
		if refused == nil {
			ids = append(ids, h.Clients.IDs()...)
		}
	}
	answer(w, http.StatusOK, struct {
		Status           string      `json:"status"`
		ServerStatus     string      `json:"server_status"`
		TotalConnections int         `json:"total_connections"`
		ConnectedClients []string    `json:"connected_clients"`
		Messages         []message   `json:"supported_message_types"`
		Broadcasts       []broadcast `json:"broadcast_types"`
		Contract         string      `json:"contract"`
		ContractVersion  string      `json:"contract_version"`
	}{"ok", state, h.Clients.Count(), ids, h.catalog.messages, h.catalog.broadcasts, wire.Hash, wire.Version})
}

// state is the answer of the two probes.
type state struct {
	Status string `json:"status"`
}

func (*handler) health(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, state{"ok"}) }

func (h *handler) ready(w http.ResponseWriter, r *http.Request) {
	if h.Sockets.Draining() {
		answer(w, http.StatusServiceUnavailable, state{"draining"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := h.Ready(ctx); err != nil {
		h.Log.Warn("not ready", "error", err)
		answer(w, http.StatusServiceUnavailable, state{"unavailable"})
		return
	}
	answer(w, http.StatusOK, state{"ready"})
}
