// Package clikit has what the commands of seg share: exit codes, flags from the environment, checks of arguments and addresses,
// suggestions for misspelt names, a connection to a server, and the handling of a closed pipe.
package clikit
