// Package fdlimit reads the limit of open files of this process.
package fdlimit
