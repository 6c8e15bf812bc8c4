// Package dbadmin has the commands that work on the database file: "seg backup", "seg restore" and "seg migrate".
package dbadmin
