package handler_test

import (
	"strings"
	"testing"

	"seg.example/gen/route"
	"seg.example/internal/game"
	"seg.example/internal/handler"
)

// events returns one event of each type, and a second one of types with variants.
func events() []game.Event {
	user := game.User{ID: 1, Username: `"\` + "\u2028é", CompanyID: 2, SessionID: "A"}
	other := user
	other.Username = "x"
	company := game.CompanyView{
		SessionID: "A", Position: game.Cell{Position: game.Position{X: 3, Y: 4}}, CellType: "water", Capacity: 50, TaxRate: 600, FactoriesCount: 1,
		Company: game.Company{
			ID: 2, Name: "é", OwnerID: 1, SecretCode: 123456, Reputation: 20, Levels: game.Levels{Warehouse: 1, Contracts: 2, Station: 3, Factory: 4},
			Business: game.BusinessBig, PrisonEndStep: 9, Goods: game.Goods{{Resource: "iron", Amount: 1}},
			Credits:  []game.Credit{{ID: 1, Amount: 1000, TotalToPay: 1000, StepsTotal: 2}},
			Deposits: []game.Deposit{{ID: 1, InitialSum: 1000, CurrentBalance: 1000, StepsTotal: 1, CanWithdrawFrom: 3}},
		},
	}
	nowhere := company
	nowhere.Position, nowhere.CellType, nowhere.Company.PrisonEndStep = game.Cell{Nowhere: true}, "", 0
	money := game.Offer{ID: 1, CompanyID: 2, Resource: "iron", PerTrade: 1, Trades: 2, Type: game.OfferMoney, Price: 3}
	barter := game.Offer{
		ID: 1, CompanyID: 2, Resource: "iron", PerTrade: 1, Trades: 2, Type: game.OfferBarter, BarterResource: "wood", BarterAmount: 3,
	}
	return []game.Event{
		game.UserCreated{User: user},
		game.UserUpdated{Old: user, New: other},
		game.UserDeleted{UserID: 1},
		game.CompanyCreated{Company: company},
		game.CompanyCreated{Company: nowhere},
		game.UserAddedToCompany{CompanyID: 2, UserID: 1},
		game.UserLeftCompany{UserID: 1, CompanyID: 2},
		game.CompanyPositionSet{CompanyID: 2, Old: game.Cell{Nowhere: true}, New: game.Position{X: 99, Y: 0}},
		game.CompanyPositionSet{CompanyID: 2, New: game.Position{X: 1, Y: 2}},
		game.CompanyDeleted{CompanyID: 2},
		game.CompanyNameUpdated{CompanyID: 2, Old: "a", New: "b"},
		game.CompanyImprovementUpgraded{CompanyID: 2, Improvement: game.ImproveStation, Level: 4},
		game.CompanyCreditTaken{CompanyID: 2, Amount: 1000, Period: 2, CreditID: 1},
		game.CompanyCreditPaid{CompanyID: 2, Amount: 1},
		game.CompanyCreditRemoved{CompanyID: 2, Index: 1},
		game.CompanyDepositTaken{CompanyID: 2, Amount: 1000, Period: 1, DepositID: 1},
		game.CompanyDepositWithdrawn{CompanyID: 2, Amount: 1000},
		game.CompanyTaxPaid{CompanyID: 2, Amount: 1},
		game.CompanyResourceAdded{CompanyID: 2, Resource: "iron", Amount: 1},
		game.CompanyResourceRemoved{CompanyID: 2, Resource: "iron", Amount: 1},
		game.CompanyBalanceChanged{CompanyID: 2, Old: game.MaxAmount, New: 0},
		game.CompanyReputationChanged{CompanyID: 2, Old: 1},
		game.CompanyToPrison{CompanyID: 2, EndStep: 8},
		game.CompanyLeftPrison{CompanyID: 2},
		game.FactoryCreated{CompanyID: 2, Factory: game.Factory{ID: 1}},
		game.FactoryCreated{CompanyID: 2, Factory: game.Factory{ID: 1, Kit: "cart", Refit: 3, Done: 1, Needed: 2, Produced: 5}},
		game.FactoryDeleted{FactoryID: 1, CompanyID: 2},
		game.FactoryRefitStarted{FactoryID: 1, CompanyID: 2},
		game.FactoryRefitEnded{FactoryID: 1, CompanyID: 2},
		game.FactoryProductionEnded{FactoryID: 1, CompanyID: 2},
		game.OfferCreated{SessionID: "A", Offer: money},
		game.OfferCreated{SessionID: "A", Offer: barter},
		game.OfferUpdated{SessionID: "A", Old: money, New: barter},
		game.OfferCancelled{SessionID: "A", OfferID: 1, CompanyID: 2},
		game.OfferDeleted{SessionID: "A", OfferID: 1},
		game.TradeCompleted{SessionID: "A", Offer: money, BuyerID: 3, Quantity: 1, SellAmount: 1, Price: 3, Remaining: 1},
		game.TradeCompleted{SessionID: "A", Offer: barter, BuyerID: 3, Quantity: 2, SellAmount: 2, BarterAmount: 6},
		game.StageUpdated{SessionID: "A", Old: game.StageGame, New: game.StageChangeTurn, Step: 3},
		game.Ended{SessionID: "A", Capital: &game.Winner{CompanyID: 2, Name: "é", Value: -5}, Reputation: &game.Winner{CompanyID: 2, Name: "é"}},
		game.Ended{SessionID: "A"},
		game.SessionDeleted{SessionID: "A"},
	}
}

// TestEvent checks the broadcast of each event against the schema, in both notations of cells. Each
// broadcast of the protocol must occur.
func TestEvent(t *testing.T) {
	t.Parallel()
	judge, err := newJudge()
	if err != nil {
		t.Fatal(err)
	}
	never := map[string]bool{}
	for _, b := range route.Broadcasts() {
		never[b.Type] = true
	}
	for _, cells := range []handler.CellNotation{handler.CellColon, handler.CellDot} {
		for _, e := range events() {
			typ, data := cells.Event(e)
			if err := judge.Data(typ, data); err != nil {
				t.Errorf("%T: got data %s, want it valid: %v", e, data, err)
			}
			delete(never, typ)
		}
	}
	if len(never) > 0 {
		t.Errorf("got no event for the broadcasts %v, want one for each", never)
	}
}

// TestEvent_secretCode: broadcasts do not contain the code to join a company.
func TestEvent_secretCode(t *testing.T) {
	t.Parallel()
	var company game.Company
	company.SecretCode, company.Levels = 123456, game.Levels{Warehouse: 1, Contracts: 1, Station: 1, Factory: 1}
	_, data := handler.CellColon.Event(game.CompanyCreated{Company: game.CompanyView{Company: company}})
	if got := string(data); !strings.Contains(got, `"secret_code":0,`) || strings.Contains(got, "123456") {
		t.Errorf("got %s, want secret_code 0", got)
	}
}

// TestEvent_cells: the older notation has a dot between column and row.
func TestEvent_cells(t *testing.T) {
	t.Parallel()
	moved := game.CompanyPositionSet{
		CompanyID: 2, Old: game.Cell{Position: game.Position{X: 1, Y: 20}}, New: game.Position{X: 30, Y: 4},
	}
	for cells, want := range map[handler.CellNotation]string{
		handler.CellColon: `{"company_id":2,"old_position":"1:20","new_position":"30:4"}`,
		handler.CellDot:   `{"company_id":2,"old_position":"1.20","new_position":"30.4"}`,
	} {
		if _, data := cells.Event(moved); string(data) != want {
			t.Errorf("%c: got %s, want %s", cells, data, want)
		}
	}
}
