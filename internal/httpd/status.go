package httpd

import (
	"context"
	"net/http"

	"seg.example/gen/route"
	"seg.example/gen/wire"
)

// catalog is the description of the protocol in /ws/status. It does not change.
type catalog struct {
	messages   []message
	broadcasts []broadcast
}

// message describes a request type.
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

// response describes an answer: the frame's type, and its data in words.
type response struct {
	Type string `json:"type"`
	Data string `json:"data"`
}

// broadcast describes a broadcast type.
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
			m.Type, m.Description, m.Noun, m.Auth, fieldsOf(m.Args), responsesOf(m), nonNil(m.Emits), nonNil(m.Errors),
		})
	}
	for _, b := range route.Broadcasts() {
		c.broadcasts = append(c.broadcasts, broadcast{b.Type, b.Description, b.Delivery, fieldsOf(b.Fields)})
	}
	return c
}

// responsesOf lists the frames that answer m. If m has an answer frame of its own (as ping has pong),
// that frame comes first, and then, for a request with a request_id, a response with the data null.
func responsesOf(m *route.Message) []response {
	if m.AnswerFrame == "" {
		return []response{{"response", m.Answer}}
	}
	return []response{{m.AnswerFrame, m.Answer}, {"response", "null"}}
}

func fieldsOf(args []route.Arg) []field {
	list := make([]field, len(args))
	for i, a := range args {
		list[i] = field{a.Name, a.Type, a.Required, a.Description}
	}
	return list
}

// nonNil returns list, or an empty one instead of nil, which JSON would write as null.
func nonNil(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// status serves /ws/status. Only a caller with the password gets the ids of connected clients. Others
// get the count and an empty list, also with a wrong password. The request is refused only during the
// delay after too many wrong passwords.
func (h *handler) status(w http.ResponseWriter, r *http.Request) {
	state := "running"
	if h.Sockets.Draining() {
		state = "draining"
	}
	ids := []string{}
	if tokenStateOf(r) == tokenGiven {
		refused := h.checkToken(r)
		if refused != nil && refused.status == http.StatusTooManyRequests {
			writeRefusal(w, refused)
			return
		}
		if refused == nil {
			ids = append(ids, h.Clients.IDs()...)
		}
	}
	writeJSON(w, http.StatusOK, struct {
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

// probeAnswer is the answer of /healthz and /readyz.
type probeAnswer struct {
	Status string `json:"status"`
}

func (*handler) health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, probeAnswer{"ok"})
}

func (h *handler) ready(w http.ResponseWriter, r *http.Request) {
	if h.Sockets.Draining() {
		writeJSON(w, http.StatusServiceUnavailable, probeAnswer{"draining"})
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := h.Ready(ctx); err != nil {
		h.Log.Warn("not ready", "error", err)
		writeJSON(w, http.StatusServiceUnavailable, probeAnswer{"unavailable"})
		return
	}
	writeJSON(w, http.StatusOK, probeAnswer{"ready"})
}
