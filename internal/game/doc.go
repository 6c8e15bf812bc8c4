// Package game holds the rules: plain values and functions that know neither
// frames nor rows. What they need of the world, the time and the dice, comes in
// as [Env]; what they refuse is a [Refusal] with a code; what they cause is
// returned as a list of [Event]. A method that returns an error has changed
// nothing.
//
// The rules that exist now:
//
// A session runs FreeUserConnect → CellSelect → Game → End; a ruleset may put a
// pause, ChangeTurn, between two turns. It is made in FreeUserConnect at step 0,
// with the map size, the pattern and the number of steps of its ruleset (the
// number of steps may be given instead). Its name is given by the caller, 1-64
// of A-Z a-z 0-9 _ -, or drawn: 8 capital letters and digits. The map is empty
// until it is laid.
//
// Users join in FreeUserConnect only. The number of a user is the caller's own
// and unique on the server; who holds it is decided by the store, across
// sessions. A username is unique in its session, as written, upper and lower
// case apart; white space around it is cut off, then it has 1-32 characters,
// none of them a control character. A user may be renamed until the End, and
// deleted at any time. A session may be deleted at any time, and everything in
// it goes with it.
//
// A user is in one company at most. Companies are founded, and joined, in
// FreeUserConnect only, as many companies in a session and as many users in a
// company as the ruleset allows. The name of a company follows the rules of
// usernames and is unique in its session. Whoever founds a company is in it and
// owns it; others join it by its code, six digits, the first not 0, drawn so that
// no other company of the session has it (across sessions the store sees to
// that), or are put into it, without the code. A company can be left until the
// End. Who goes from one company to another leaves the first before joining the
// second. When the owner leaves or is deleted, the user with the lowest number of
// those who stay owns the company. A company whose last user leaves or is deleted
// is deleted; at the End it stays, and nobody owns it. A company may also be
// deleted at any time. That is told first; then its users leave it, its factories
// go, and its offers; goods and money are lost.
//
// A company begins with the balance and the reputation of the ruleset, small,
// without a cell, goods or factories, all improvements at level 1.
//
// The map is laid when a session enters CellSelect, or Game without having been
// there: the fixed cells lie where the ruleset says; the types that can be picked share the other cells equally,
// where that leaves a remainder the first types by name have one cell more; then
// these cells are shuffled (Fisher and Yates) with numbers that the session's seed
// gives (SplitMix64), so that the same seed lays the same map for ever. Cells are
// counted row by row. In CellSelect a company picks a free cell of a pickable
// type, again if it likes, but not the one that it stands on. Its factories are
// deleted, and it gets as many as its factory level gives on that type of cell; the
// first third of them, cut to a whole number, is fitted for the start kit of the
// cell, the others for nothing.
//
// Warehouse, contracts, station and factory are improved until the End, by one
// level at a time, up to the fourth, at the cost of the new level, not in prison;
// station and factory only by a company that has a cell. Who names a type of cell
// with them must stand on one of that type. A better factory level adds unfitted
// factories up to its figure. Contracts have no effect, as there are none.
//
// The sum of a company's goods never exceeds the capacity of its warehouse.
//
// The changes that are not for the game are made until the End, also in prison:
// money added is taxable income, money taken away is no loss of it; goods must be
// of the ruleset, and there, or have room; a new name follows the rules of names.
//
// A factory is fitted for one good, or for none yet. Refitting it takes n − o
// turns where that is more than 0, else n turns: n is the level of the good
// ordered, o that of the good that it was last completely fitted for, 0 for none.
// A new order during that time starts anew, from the same o. What the factory is
// making, or has made and not stored, is lost with its materials. The kit that it
// has and the one on order cannot be ordered, nor can a raw material. A factory
// that is told to produce makes its good once, an automatic one again and again.
// The first order cannot be changed while a production is under way, or waits for
// room; the second can. Factories do as they are told in prison, too.
//
// In a turn a company makes goods so: outputs that wait for room are stored, by
// the factories' ids, each whole or not yet; the station extracts its figure of
// the cell's resource, or as much as there is room for; then each factory, by id,
// does its turn. One that is being refitted counts down. A production under way
// goes on. Another one starts where the factory is fitted, and told to produce or
// automatic, and all materials are there: they are taken at once, and the turn is
// its first. The output of a production that has had all its turns is stored if
// there is room for all of it, and else waits; being told to produce ends when it
// is stored, except where the factory is automatic. A factory whose output was
// waiting when the turn began starts nothing in that turn, stored or not.
//
// Who offers goods on the exchange leaves them there: the units of one trade times
// the trades. It may be done in any stage but the End, and not in prison; the same
// goes for changing and cancelling an offer, and for buying. The units of one
// trade can be changed to what divides the stock that is left, and the price; what
// an offer asks for stays of one kind, money or one good, other than the one it
// sells. Cancelling needs room for all the goods; where the rules cancel, the
// goods of the oldest offer go back first, and what has no room is lost. A company
// of the same session, other than the seller, buys any number of the trades that
// are left at once, or none: money is taxable income of the seller, goods are not,
// and there must be room in both warehouses once the goods of both have moved. An
// offer without trades is gone.
//
// A session advances by hand, or by itself when its deadline comes. By hand it
// goes to any later stage, also past others, or plays a turn, by asking for Game
// again or in a pause; asking for another stage that it is in changes nothing,
// the deadline included. A deadline counts from when the stage was entered:
// CellSelect and each turn have their time, the other stages none; by hand it is
// set only where that is asked for, and the one before is void in any case. When
// the deadline of CellSelect comes, the session goes to Game; when that of a turn
// comes, the next turn is played, after which a ruleset with pauses has one,
// ChangeTurn; when that of a pause comes, no turn is played, and the time of the
// next turn runs in Game. However late that is noticed, it is one step. Entering
// CellSelect lays the map. When all turns have been played, the next one asked
// for, or due, ends the game instead; a pause after the last turn, and the time
// after that, take place.
//
// Going to Game at step 0, first the map is laid if CellSelect was passed by;
// companies without users are deleted; then, the oldest first, each company
// without a cell gets one of the free ones by the session's seed, and is deleted
// if there is none. Then the first turn is played.
//
// A turn makes step n of step n − 1. Each company, the oldest first, has all of
// its turn before the next one has: 1. The income of this turn becomes that of the
// last one. From the second turn on, one of at least BigOn makes a company big for
// good. 2. Each deposit, in the order of the list, earns its interest while its
// term lasts; one whose term is over is paid out if n has reached CanWithdrawFrom,
// so a short one waits. 3. Each credit, in that order, while its term lasts, asks
// for (total to pay − asked for − paid) / (turns left of the term) more; after its
// term each turn is late and costs reputation; more than CreditMaxLate of those
// are prison. 4. A tax debt that is still there is late, which is counted and
// costs reputation; more than TaxMaxOverdue such turns in a row are prison.
// Otherwise the last income times the rate is added to it. 5 and 6. Goods are made,
// see above. 7. A reputation of PrisonOn or less is prison. 8. Whose prison ends at
// n leaves it. A company that goes to prison skips what is left of 2 to 4; one that
// is there skips 2 to 4 and 7. Divisions and shares cut toward zero. In a turn, and
// where the rules pay out, what would go beyond [MaxAmount] stays there; a command
// that would take it there is refused.
//
// Prison lasts until step n − 1 + PrisonSteps. Who goes there is paid out its
// deposits; then the tax debt is taken from its balance, then its credits in their
// order, as far as the balance reaches; the rest is written off. Its offers are
// cancelled, its factories not automatic any more, its incomes and the count of
// late tax 0, and its reputation that of a start: no payment is rewarded. In prison
// a company has nothing to do with the bank and the exchange, and improves nothing.
//
// The bank is open in any stage but the End. A credit of a sum within its limits,
// for at least 2 turns, with now + turns ≤ the last step, costs, by the condition
// that holds for the reputation, sum + sum · percent · max(0, turns − free turns).
// Paying takes any sum of the balance, cut to what is left, whatever is due; who
// has paid all when the credit has seen at least 2 turns gains reputation. A
// deposit of a sum within its limits, at most the balance less all that is left to
// pay of credits, for at least 1 turn, with now + turns ≤ the last step, earns sum ·
// percent in each turn; it can be withdrawn from step now + 3 on, with what it has
// earned, whether its term is over or not. Interest is not income. Tax is paid in
// any parts; when none is left, reputation is gained and late turns are forgotten.
//
// At the End deposits are paid out and offers cancelled. The company with the
// highest reputation is told, and the one with the highest capital: balance + goods
// at their base prices − what is left to pay of credits − tax debt − what prison has
// written off; of equals the oldest.
//
// A command that would change nothing is a conflict, except where a rule says
// otherwise. Checks come in this order: what is named must exist, the stage
// must allow the command, then the rest.
package game
