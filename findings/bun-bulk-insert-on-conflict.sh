#!/bin/sh
# Tried: github.com/uptrace/bun v1.3.0 with its sqlitedialect v1.3.0 over modernc.org/sqlite
#        v1.60.0, 2026-12-01.
# Guess: after a bulk insert with ON CONFLICT DO NOTHING, each element that was inserted has its
#        row's id, and one that was skipped has none.
# Seen:  the ids that the database returns go to the elements from the first one on, whichever rows
#        they are of: the skipped element gets the id of the next. And the slice is as short as the
#        returned rows, so that the last element is gone. The error is nil.
# Here:  nothing reads ids back from a bulk insert.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
export GOWORK=off GOFLAGS=-mod=mod
go mod init finding 2> /dev/null
go get github.com/uptrace/bun@v1.3.0 github.com/uptrace/bun/dialect/sqlitedialect@v1.3.0 modernc.org/sqlite@v1.60.0 2> /dev/null || exit 2

cat > main.go <<'GO'
package main

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite"
)

type User struct {
	ID   int64  `bun:",pk,autoincrement"`
	Name string `bun:",unique"`
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ctx := context.Background()
	pool, err := sql.Open("sqlite", ":memory:")
	check(err)
	pool.SetMaxOpenConns(1)
	db := bun.NewDB(pool, sqlitedialect.New())
	_, err = db.NewCreateTable().Model((*User)(nil)).Exec(ctx)
	check(err)
	_, err = db.NewInsert().Model(&User{Name: "Ben"}).Exec(ctx)
	check(err)

	users := []User{{Name: "Ann"}, {Name: "Ben"}, {Name: "Cleo"}}
	_, err = db.NewInsert().Model(&users).On("CONFLICT (name) DO NOTHING").Exec(ctx)
	fmt.Println("error:", err, "elements:", len(users))
	for _, u := range users {
		var stored User
		check(db.NewSelect().Model(&stored).Where("id = ?", u.ID).Scan(ctx))
		fmt.Printf("%s has the id of %s\n", u.Name, stored.Name)
	}
}
GO
go run . > got

cat > want <<'END'
error: <nil> elements: 2
Ann has the id of Ann
Ben has the id of Cleo
END
diff -u want got
