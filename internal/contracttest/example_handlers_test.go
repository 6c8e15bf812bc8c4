package contracttest_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"testing"

	"seg.example/gen/route"
	"seg.example/gen/wire"
	"seg.example/schema"
)

// canned answers every request with the first right example of its answer.
type canned struct{ tb testing.TB }

func newCanned(tb testing.TB) canned {
	tb.Helper()
	return canned{tb}
}

// handlers are c for every noun.
func (c canned) handlers() route.Handlers {
	return route.Handlers{System: c, User: c, Session: c, Company: c, Factory: c, Exchange: c}
}

// open decodes the first right example of the answer to a request into v.
func open[T any](c canned, request string, decode func([]byte, *T) error) *T {
	v := new(T)
	files, err := fs.Glob(schema.FS, "examples/"+request+"/response-ok-*.json")
	if err != nil || len(files) == 0 {
		c.tb.Errorf("%s has no example of its answer (%v)", request, err)
		return v
	}
	text, err := fs.ReadFile(schema.FS, files[0])
	if err != nil {
		c.tb.Error(err)
		return v
	}
	var frame struct{ Data json.RawMessage }
	if err := json.Unmarshal(text, &frame); err != nil {
		c.tb.Errorf("%s: %v", files[0], err)
	}
	if string(frame.Data) == "null" {
		return nil
	}
	if err := decode(frame.Data, v); err != nil {
		c.tb.Errorf("%s: %v", files[0], err)
	}
	return v
}

// list is open for an answer that is a list.
func list[T any](c canned, request string, decode func([]byte, *T) error) T {
	return *open(c, request, decode)
}

func (canned) Ping(_ context.Context, c route.Caller, _ *wire.Ping) (*wire.Pong, error) {
	return &wire.Pong{Timestamp: `""`, ClientID: c.ClientID, Content: `"Pong!"`, Contract: wire.Hash}, nil
}

func (c canned) GetUsers(context.Context, route.Caller, *wire.GetUsers) (wire.UserList, error) {
	return list(c, "get-users", wire.DecodeUserList), nil
}

func (c canned) GetUser(context.Context, route.Caller, *wire.GetUser) (*wire.User, error) {
	return open(c, "get-user", wire.DecodeUser), nil
}

func (c canned) CreateUser(context.Context, route.Caller, *wire.CreateUser) (*wire.CreateUserAnswer, error) {
	return open(c, "create-user", wire.DecodeCreateUserAnswer), nil
}

func (c canned) UpdateUser(context.Context, route.Caller, *wire.UpdateUser) (*wire.UpdateUserAnswer, error) {
	return open(c, "update-user", wire.DecodeUpdateUserAnswer), nil
}

func (canned) DeleteUser(context.Context, route.Caller, *wire.DeleteUser) error { return nil }

func (c canned) GetSessions(context.Context, route.Caller, *wire.GetSessions) (wire.SessionList, error) {
	return list(c, "get-sessions", wire.DecodeSessionList), nil
}

func (c canned) GetSession(context.Context, route.Caller, *wire.GetSession) (*wire.Session, error) {
	return open(c, "get-session", wire.DecodeSession), nil
}

func (c canned) CreateSession(context.Context, route.Caller, *wire.CreateSession) (*wire.CreateSessionAnswer, error) {
	return open(c, "create-session", wire.DecodeCreateSessionAnswer), nil
}

func (canned) UpdateSessionStage(context.Context, route.Caller, *wire.UpdateSessionStage) error {
	return nil
}

func (c canned) GetSessionsFreeCells(context.Context, route.Caller, *wire.GetSessionsFreeCells) (*wire.GetSessionsFreeCellsAnswer, error) {
	return open(c, "get-sessions-free-cells", wire.DecodeGetSessionsFreeCellsAnswer), nil
}

func (canned) DeleteSession(context.Context, route.Caller, *wire.DeleteSession) error { return nil }

func (c canned) GetSessionTimeToNextStage(context.Context, route.Caller, *wire.GetSessionTimeToNextStage) (*wire.GetSessionTimeToNextStageAnswer, error) {
	return open(c, "get-session-time-to-next-stage", wire.DecodeGetSessionTimeToNextStageAnswer), nil
}

func (c canned) GetCompanies(context.Context, route.Caller, *wire.GetCompanies) (wire.CompanyList, error) {
	return list(c, "get-companies", wire.DecodeCompanyList), nil
}

func (c canned) GetCompany(context.Context, route.Caller, *wire.GetCompany) (*wire.Company, error) {
	return open(c, "get-company", wire.DecodeCompany), nil
}

func (c canned) CreateCompany(context.Context, route.Caller, *wire.CreateCompany) (*wire.CreateCompanyAnswer, error) {
	return open(c, "create-company", wire.DecodeCreateCompanyAnswer), nil
}

func (canned) UpdateCompanyAddUser(context.Context, route.Caller, *wire.UpdateCompanyAddUser) error {
	return nil
}

func (c canned) SetCompanyPosition(context.Context, route.Caller, *wire.SetCompanyPosition) (*wire.SetCompanyPositionAnswer, error) {
	return open(c, "set-company-position", wire.DecodeSetCompanyPositionAnswer), nil
}

func (canned) UpdateCompanyLeftUser(context.Context, route.Caller, *wire.UpdateCompanyLeftUser) error {
	return nil
}

func (canned) DeleteCompany(context.Context, route.Caller, *wire.DeleteCompany) error { return nil }

func (c canned) GetCompanyCellInfo(context.Context, route.Caller, *wire.GetCompanyCellInfo) (*wire.GetCompanyCellInfoAnswer, error) {
	return open(c, "get-company-cell-info", wire.DecodeGetCompanyCellInfoAnswer), nil
}

func (c canned) GetCompanyImprovementInfo(context.Context, route.Caller, *wire.GetCompanyImprovementInfo) (*wire.ImprovementInfo, error) {
	return open(c, "get-company-improvement-info", wire.DecodeImprovementInfo), nil
}

func (canned) UpdateCompanyImprove(context.Context, route.Caller, *wire.UpdateCompanyImprove) error {
	return nil
}

func (c canned) CompanyTakeCredit(context.Context, route.Caller, *wire.CompanyTakeCredit) (*wire.Credit, error) {
	return open(c, "company-take-credit", wire.DecodeCredit), nil
}

func (canned) CompanyPayCredit(context.Context, route.Caller, *wire.CompanyPayCredit) error {
	return nil
}

func (c canned) CompanyTakeDeposit(context.Context, route.Caller, *wire.CompanyTakeDeposit) (*wire.Deposit, error) {
	return open(c, "company-take-deposit", wire.DecodeDeposit), nil
}

func (c canned) CompanyWithdrawDeposit(context.Context, route.Caller, *wire.CompanyWithdrawDeposit) (*wire.Success, error) {
	return open(c, "company-withdraw-deposit", wire.DecodeSuccess), nil
}

func (canned) CompanyPayTaxes(context.Context, route.Caller, *wire.CompanyPayTaxes) error { return nil }

func (c canned) CompanyCompleteFreeFactories(context.Context, route.Caller, *wire.CompanyCompleteFreeFactories) (*wire.Success, error) {
	return open(c, "company-complete-free-factories", wire.DecodeSuccess), nil
}

func (canned) NotforgameUpdateCompanyBalance(context.Context, route.Caller, *wire.NotforgameUpdateCompanyBalance) error {
	return nil
}

func (canned) NotforgameUpdateCompanyItems(context.Context, route.Caller, *wire.NotforgameUpdateCompanyItems) error {
	return nil
}

func (canned) NotforgameUpdateCompanyName(context.Context, route.Caller, *wire.NotforgameUpdateCompanyName) error {
	return nil
}

func (c canned) GetFactories(context.Context, route.Caller, *wire.GetFactories) (*wire.GetFactoriesAnswer, error) {
	return open(c, "get-factories", wire.DecodeGetFactoriesAnswer), nil
}

func (c canned) GetFactory(context.Context, route.Caller, *wire.GetFactory) (*wire.GetFactoryAnswer, error) {
	return open(c, "get-factory", wire.DecodeGetFactoryAnswer), nil
}

func (c canned) FactoryRecomplectation(context.Context, route.Caller, *wire.FactoryRecomplectation) (*wire.Success, error) {
	return open(c, "factory-recomplectation", wire.DecodeSuccess), nil
}

func (c canned) FactorySetProduce(context.Context, route.Caller, *wire.FactorySetProduce) (*wire.Success, error) {
	return open(c, "factory-set-produce", wire.DecodeSuccess), nil
}

func (c canned) FactorySetAuto(context.Context, route.Caller, *wire.FactorySetAuto) (*wire.Success, error) {
	return open(c, "factory-set-auto", wire.DecodeSuccess), nil
}

func (c canned) GetExchanges(context.Context, route.Caller, *wire.GetExchanges) (wire.ExchangeOfferList, error) {
	return list(c, "get-exchanges", wire.DecodeExchangeOfferList), nil
}

func (c canned) GetExchange(context.Context, route.Caller, *wire.GetExchange) (*wire.ExchangeOffer, error) {
	return open(c, "get-exchange", wire.DecodeExchangeOffer), nil
}

func (c canned) CreateExchangeOffer(context.Context, route.Caller, *wire.CreateExchangeOffer) (*wire.CreateExchangeOfferAnswer, error) {
	return open(c, "create-exchange-offer", wire.DecodeCreateExchangeOfferAnswer), nil
}

func (c canned) UpdateExchangeOffer(context.Context, route.Caller, *wire.UpdateExchangeOffer) (*wire.UpdateExchangeOfferAnswer, error) {
	return open(c, "update-exchange-offer", wire.DecodeUpdateExchangeOfferAnswer), nil
}

func (c canned) CancelExchangeOffer(context.Context, route.Caller, *wire.CancelExchangeOffer) (*wire.CancelExchangeOfferAnswer, error) {
	return open(c, "cancel-exchange-offer", wire.DecodeCancelExchangeOfferAnswer), nil
}

func (c canned) BuyExchangeOffer(context.Context, route.Caller, *wire.BuyExchangeOffer) (*wire.BuyExchangeOfferAnswer, error) {
	return open(c, "buy-exchange-offer", wire.DecodeBuyExchangeOfferAnswer), nil
}
