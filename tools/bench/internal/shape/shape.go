// Package shape holds hand-written types for the measured messages, with the fields in the order of the
// schema. The peers use them. The code for easyjson is generated without the interfaces of encoding/json,
// so that other peers do not call it.
package shape

//go:generate go run github.com/mailru/easyjson/easyjson -all -no_std_marshalers -output_filename shape_easyjson.go shape.go

// Offer is the frame of create-exchange-offer.
type Offer struct {
	Type               string  `json:"type"`
	CompanyID          int64   `json:"company_id"`
	SessionID          string  `json:"session_id"`
	SellResource       string  `json:"sell_resource"`
	SellAmountPerTrade int64   `json:"sell_amount_per_trade"`
	CountOffers        int64   `json:"count_offers"`
	OfferType          string  `json:"offer_type"`
	Price              *int64  `json:"price,omitempty"`
	BarterResource     *string `json:"barter_resource,omitempty"`
	BarterAmount       *int64  `json:"barter_amount,omitempty"`
	Password           string  `json:"password"`
	RequestID          string  `json:"request_id"`
}

// Head has the members of a frame that are needed to find its type.
type Head struct {
	Type string `json:"type"`
}

// Company is one company.
type Company struct {
	ID                int64            `json:"id"`
	Name              string           `json:"name"`
	Reputation        int64            `json:"reputation"`
	Balance           int64            `json:"balance"`
	InPrison          bool             `json:"in_prison"`
	CellPosition      string           `json:"cell_position"`
	SessionID         string           `json:"session_id"`
	Credits           []Credit         `json:"credits"`
	Deposits          []Deposit        `json:"deposits"`
	TaxDebt           int64            `json:"tax_debt"`
	OverdueSteps      int64            `json:"overdue_steps"`
	SecretCode        int64            `json:"secret_code"`
	OwnerID           int64            `json:"owner_id"`
	Improvements      Improvements     `json:"improvements"`
	Warehouses        map[string]int64 `json:"warehouses"`
	Inventory         map[string]int64 `json:"inventory"`
	LastTurnIncome    int64            `json:"last_turn_income"`
	ThisTurnIncome    int64            `json:"this_turn_income"`
	BusinessType      string           `json:"business_type"`
	PrisonEndStep     *int64           `json:"prison_end_step"`
	CellType          *string          `json:"cell_type"`
	WarehouseCapacity int64            `json:"warehouse_capacity"`
	TaxRate           float64          `json:"tax_rate"`
	FactoriesCount    int64            `json:"factories_count"`
}

// Companies is the list of an answer.
type Companies []Company

// Credit is a credit of a company.
type Credit struct {
	CreditID   int64 `json:"credit_id"`
	Amount     int64 `json:"amount"`
	TotalToPay int64 `json:"total_to_pay"`
	NeedPay    int64 `json:"need_pay"`
	Paid       int64 `json:"paid"`
	StepsTotal int64 `json:"steps_total"`
	StepsNow   int64 `json:"steps_now"`
}

// Deposit is a deposit of a company.
type Deposit struct {
	DepositID       int64 `json:"deposit_id"`
	InitialSum      int64 `json:"initial_sum"`
	CurrentBalance  int64 `json:"current_balance"`
	IncomePerTurn   int64 `json:"income_per_turn"`
	TotalEarned     int64 `json:"total_earned"`
	StepsTotal      int64 `json:"steps_total"`
	StepsNow        int64 `json:"steps_now"`
	CanWithdrawFrom int64 `json:"can_withdraw_from"`
}

// Improvements are the levels of a company's improvements.
type Improvements struct {
	Warehouse string `json:"warehouse"`
	Contracts string `json:"contracts"`
	Mountain  Levels `json:"mountain"`
	Forest    Levels `json:"forest"`
	Water     Levels `json:"water"`
	Field     Levels `json:"field"`
}

// Levels are the levels for one cell type.
type Levels struct {
	Station string `json:"station"`
	Factory string `json:"factory"`
}
