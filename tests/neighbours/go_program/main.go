// A program in Go with a part in C++ that uses dblog: program never|plain|chain WAY
package main

/*
#include <stdlib.h>
extern void install_dblog(int chain_first);
static void write_to_null(void) { *(volatile int*)0 = 1; }
static void call_null(void) { ((void (*volatile)(void))0)(); }
static int twice(int x) { return 2 * x; }
*/
import "C"

import (
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

var null *int
var noFunction func() int

func recovered(panics func() int) (count int) {
	defer func() {
		if recover() != nil {
			count = 1
		}
	}()
	return panics()
}

func readNull() int { return *null }
func callNull() int { return noFunction() }

// Nil pointers from which many goroutines recover, beside calls of C.
func recovers() {
	var all sync.WaitGroup
	counts := make([]int, 8)
	for g := range counts {
		all.Add(1)
		go func(g int) {
			defer all.Done()
			for i := 0; i < 10; i++ {
				counts[g] += recovered(readNull) + recovered(callNull) + int(C.twice(0))
			}
		}(g)
	}
	all.Wait()
	fmt.Println("recovered", counts)
}

func main() {
	if os.Args[1] != "never" {
		chainFirst := C.int(0)
		if os.Args[1] == "chain" {
			chainFirst = 1
		}
		C.install_dblog(chainFirst)
	}
	switch os.Args[2] {
	case "exits":
		os.Exit(3)
	case "exits-in-c":
		C.exit(3)
	case "recovers":
		recovers()
	case "panics":
		readNull()
	case "crashes-in-c":
		recovered(readNull)
		C.write_to_null()
	case "jumps-to-null-in-c":
		C.call_null()
	case "aborts-in-c":
		C.abort()
	case "is-stopped":
		syscall.Kill(os.Getpid(), syscall.SIGTERM)
		time.Sleep(time.Minute)
	}
	fmt.Println("done")
}
