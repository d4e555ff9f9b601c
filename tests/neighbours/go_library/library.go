// A library in Go for a program that is not: go build -buildmode=c-shared
package main

/*
static void write_to_null(void) { *(volatile int*)0 = 1; }
*/
import "C"

import "os"

var null *int

//export GoReturns
func GoReturns() {}

//export GoExits
func GoExits() { os.Exit(3) }

//export GoRecovers
func GoRecovers() {
	defer func() { recover() }()
	*null = 1
}

//export GoCrashesInC
func GoCrashesInC() { C.write_to_null() }

func main() {}
