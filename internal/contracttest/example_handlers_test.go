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

// exampleHandlers answers every request with the schema's first valid example of its answer.
type exampleHandlers struct{ tb testing.TB }

func newExampleHandlers(tb testing.TB) exampleHandlers {
	tb.Helper()
	return exampleHandlers{tb}
}

// handlers returns c as the handler of every noun.
func (c exampleHandlers) handlers() route.Handlers {
	return route.Handlers{System: c, User: c, Session: c, Company: c, Factory: c, Exchange: c}
}

// open decodes the first right example of the answer to a request into v.
func exampleAnswer[T any](c exampleHandlers, request string, decode func([]byte, *T) error) *T {
	v := new(T)
	files, err := fs.Glob(schema.FS, "examples/"+request+"/response-ok-*.json")
	if err != nil || len(files) == 0 {
		c.tb.Errorf("%s: got no example of its answer (error %v), want one", request, err)
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
func exampleList[T any](c exampleHandlers, request string, decode func([]byte, *T) error) T {
	return *exampleAnswer(c, request, decode)
}

func (exampleHandlers) Ping(_ context.Context, c route.Caller, _ *wire.Ping) (*wire.Pong, error) {
	return &wire.Pong{Timestamp: `""`, ClientID: c.ClientID, Content: `"Pong!"`, Contract: wire.Hash}, nil
}

func (c exampleHandlers) GetUsers(context.Context, route.Caller, *wire.GetUsers) (wire.UserList, error) {
	return exampleList(c, "get-users", wire.DecodeUserList), nil
}

func (c exampleHandlers) GetUser(context.Context, route.Caller, *wire.GetUser) (*wire.User, error) {
	return exampleAnswer(c, "get-user", wire.DecodeUser), nil
}

func (c exampleHandlers) CreateUser(context.Context, route.Caller, *wire.CreateUser) (*wire.CreateUserAnswer, error) {
	return exampleAnswer(c, "create-user", wire.DecodeCreateUserAnswer), nil
}

func (c exampleHandlers) UpdateUser(context.Context, route.Caller, *wire.UpdateUser) (*wire.UpdateUserAnswer, error) {
	return exampleAnswer(c, "update-user", wire.DecodeUpdateUserAnswer), nil
}

func (exampleHandlers) DeleteUser(context.Context, route.Caller, *wire.DeleteUser) error { return nil }

func (c exampleHandlers) GetSessions(context.Context, route.Caller, *wire.GetSessions) (wire.SessionList, error) {
	return exampleList(c, "get-sessions", wire.DecodeSessionList), nil
}

func (c exampleHandlers) GetSession(context.Context, route.Caller, *wire.GetSession) (*wire.Session, error) {
	return exampleAnswer(c, "get-session", wire.DecodeSession), nil
}

func (c exampleHandlers) CreateSession(context.Context, route.Caller, *wire.CreateSession) (*wire.CreateSessionAnswer, error) {
	return exampleAnswer(c, "create-session", wire.DecodeCreateSessionAnswer), nil
}

func (exampleHandlers) UpdateSessionStage(context.Context, route.Caller, *wire.UpdateSessionStage) error {
	return nil
}

func (c exampleHandlers) GetSessionsFreeCells(context.Context, route.Caller, *wire.GetSessionsFreeCells) (*wire.GetSessionsFreeCellsAnswer, error) {
	return exampleAnswer(c, "get-sessions-free-cells", wire.DecodeGetSessionsFreeCellsAnswer), nil
}

func (exampleHandlers) DeleteSession(context.Context, route.Caller, *wire.DeleteSession) error {
	return nil
}

func (c exampleHandlers) GetSessionTimeToNextStage(context.Context, route.Caller, *wire.GetSessionTimeToNextStage) (*wire.GetSessionTimeToNextStageAnswer, error) {
	return exampleAnswer(c, "get-session-time-to-next-stage", wire.DecodeGetSessionTimeToNextStageAnswer), nil
}

func (c exampleHandlers) GetCompanies(context.Context, route.Caller, *wire.GetCompanies) (wire.CompanyList, error) {
	return exampleList(c, "get-companies", wire.DecodeCompanyList), nil
}

func (c exampleHandlers) GetCompany(context.Context, route.Caller, *wire.GetCompany) (*wire.Company, error) {
	return exampleAnswer(c, "get-company", wire.DecodeCompany), nil
}

func (c exampleHandlers) CreateCompany(context.Context, route.Caller, *wire.CreateCompany) (*wire.CreateCompanyAnswer, error) {
	return exampleAnswer(c, "create-company", wire.DecodeCreateCompanyAnswer), nil
}

func (exampleHandlers) UpdateCompanyAddUser(context.Context, route.Caller, *wire.UpdateCompanyAddUser) error {
	return nil
}

func (c exampleHandlers) SetCompanyPosition(context.Context, route.Caller, *wire.SetCompanyPosition) (*wire.SetCompanyPositionAnswer, error) {
	return exampleAnswer(c, "set-company-position", wire.DecodeSetCompanyPositionAnswer), nil
}

func (exampleHandlers) UpdateCompanyLeftUser(context.Context, route.Caller, *wire.UpdateCompanyLeftUser) error {
	return nil
}

func (exampleHandlers) DeleteCompany(context.Context, route.Caller, *wire.DeleteCompany) error {
	return nil
}

func (c exampleHandlers) GetCompanyCellInfo(context.Context, route.Caller, *wire.GetCompanyCellInfo) (*wire.GetCompanyCellInfoAnswer, error) {
	return exampleAnswer(c, "get-company-cell-info", wire.DecodeGetCompanyCellInfoAnswer), nil
}

func (c exampleHandlers) GetCompanyImprovementInfo(context.Context, route.Caller, *wire.GetCompanyImprovementInfo) (*wire.ImprovementInfo, error) {
	return exampleAnswer(c, "get-company-improvement-info", wire.DecodeImprovementInfo), nil
}

func (exampleHandlers) UpdateCompanyImprove(context.Context, route.Caller, *wire.UpdateCompanyImprove) error {
	return nil
}

func (c exampleHandlers) CompanyTakeCredit(context.Context, route.Caller, *wire.CompanyTakeCredit) (*wire.Credit, error) {
	return exampleAnswer(c, "company-take-credit", wire.DecodeCredit), nil
}

func (exampleHandlers) CompanyPayCredit(context.Context, route.Caller, *wire.CompanyPayCredit) error {
	return nil
}

func (c exampleHandlers) CompanyTakeDeposit(context.Context, route.Caller, *wire.CompanyTakeDeposit) (*wire.Deposit, error) {
	return exampleAnswer(c, "company-take-deposit", wire.DecodeDeposit), nil
}

func (c exampleHandlers) CompanyWithdrawDeposit(context.Context, route.Caller, *wire.CompanyWithdrawDeposit) (*wire.Success, error) {
	return exampleAnswer(c, "company-withdraw-deposit", wire.DecodeSuccess), nil
}

func (exampleHandlers) CompanyPayTaxes(context.Context, route.Caller, *wire.CompanyPayTaxes) error {
	return nil
}

func (c exampleHandlers) CompanyCompleteFreeFactories(context.Context, route.Caller, *wire.CompanyCompleteFreeFactories) (*wire.Success, error) {
	return exampleAnswer(c, "company-complete-free-factories", wire.DecodeSuccess), nil
}

func (exampleHandlers) NotforgameUpdateCompanyBalance(context.Context, route.Caller, *wire.NotforgameUpdateCompanyBalance) error {
	return nil
}

func (exampleHandlers) NotforgameUpdateCompanyItems(context.Context, route.Caller, *wire.NotforgameUpdateCompanyItems) error {
	return nil
}

func (exampleHandlers) NotforgameUpdateCompanyName(context.Context, route.Caller, *wire.NotforgameUpdateCompanyName) error {
	return nil
}

func (c exampleHandlers) GetFactories(context.Context, route.Caller, *wire.GetFactories) (*wire.GetFactoriesAnswer, error) {
	return exampleAnswer(c, "get-factories", wire.DecodeGetFactoriesAnswer), nil
}

func (c exampleHandlers) GetFactory(context.Context, route.Caller, *wire.GetFactory) (*wire.GetFactoryAnswer, error) {
	return exampleAnswer(c, "get-factory", wire.DecodeGetFactoryAnswer), nil
}

func (c exampleHandlers) FactoryRecomplectation(context.Context, route.Caller, *wire.FactoryRecomplectation) (*wire.Success, error) {
	return exampleAnswer(c, "factory-recomplectation", wire.DecodeSuccess), nil
}

func (c exampleHandlers) FactorySetProduce(context.Context, route.Caller, *wire.FactorySetProduce) (*wire.Success, error) {
	return exampleAnswer(c, "factory-set-produce", wire.DecodeSuccess), nil
}

func (c exampleHandlers) FactorySetAuto(context.Context, route.Caller, *wire.FactorySetAuto) (*wire.Success, error) {
	return exampleAnswer(c, "factory-set-auto", wire.DecodeSuccess), nil
}

func (c exampleHandlers) GetExchanges(context.Context, route.Caller, *wire.GetExchanges) (wire.ExchangeOfferList, error) {
	return exampleList(c, "get-exchanges", wire.DecodeExchangeOfferList), nil
}

func (c exampleHandlers) GetExchange(context.Context, route.Caller, *wire.GetExchange) (*wire.ExchangeOffer, error) {
	return exampleAnswer(c, "get-exchange", wire.DecodeExchangeOffer), nil
}

func (c exampleHandlers) CreateExchangeOffer(context.Context, route.Caller, *wire.CreateExchangeOffer) (*wire.CreateExchangeOfferAnswer, error) {
	return exampleAnswer(c, "create-exchange-offer", wire.DecodeCreateExchangeOfferAnswer), nil
}

func (c exampleHandlers) UpdateExchangeOffer(context.Context, route.Caller, *wire.UpdateExchangeOffer) (*wire.UpdateExchangeOfferAnswer, error) {
	return exampleAnswer(c, "update-exchange-offer", wire.DecodeUpdateExchangeOfferAnswer), nil
}

func (c exampleHandlers) CancelExchangeOffer(context.Context, route.Caller, *wire.CancelExchangeOffer) (*wire.CancelExchangeOfferAnswer, error) {
	return exampleAnswer(c, "cancel-exchange-offer", wire.DecodeCancelExchangeOfferAnswer), nil
}

func (c exampleHandlers) BuyExchangeOffer(context.Context, route.Caller, *wire.BuyExchangeOffer) (*wire.BuyExchangeOfferAnswer, error) {
	return exampleAnswer(c, "buy-exchange-offer", wire.DecodeBuyExchangeOfferAnswer), nil
}
