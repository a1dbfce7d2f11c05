// patched makes a program of tools/ without the faults that its patches fix.
//
//	go run ../patched/main.go FOLDER        in tools/tigrisfs or tools/versitygw
//
// FOLDER gets the source of the version that go.mod names, with the patches applied, and a go.mod and go.sum for
// `go build -modfile FOLDER/go.mod`. It stops where a file is not, byte for byte, what the patches were made for. Go only: an
// image to build in need have neither patch nor git. (`go build -overlay` may not replace what lies in the module cache.)
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		stop("usage: go run ../patched/main.go FOLDER, in the folder of a program that has patches")
	}
	folder, err := filepath.Abs(os.Args[1])
	check(err)
	source, module := filepath.Join(folder, "source"), toolModule()
	check(os.RemoveAll(folder))
	check(os.MkdirAll(folder, 0o755))
	check(os.CopyFS(source, os.DirFS(moduleFolder(module))))
	hold(source, path.Base(module))
	patches, err := filepath.Glob("patches/*.patch")
	check(err)
	for _, patch := range patches {
		apply(source, patch)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		check(os.WriteFile(filepath.Join(folder, name), read(name), 0o644))
	}
	run("mod", "edit", "-replace", module+"="+source, filepath.Join(folder, "go.mod"))
}

// toolModule answers the module that the go.mod's `tool` package lies in.
func toolModule() string {
	known := map[string]bool{}
	tool := ""
	for _, line := range lines(string(read("go.mod"))) {
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == "tool" {
			tool = words[1]
		} else if len(words) > 1 && strings.HasPrefix(words[1], "v") {
			known[words[0]] = true
		}
	}
	module := tool
	for !known[module] && strings.Contains(module, "/") {
		module = path.Dir(module)
	}
	if !known[module] {
		stop("go.mod names no module that its tool \"%s\" lies in", tool)
	}
	return module
}

// moduleFolder answers where Go keeps the module, and fetches it.
func moduleFolder(module string) string {
	var answer struct{ Dir string }
	check(json.Unmarshal(run("mod", "download", "-json", module), &answer))
	return answer.Dir
}

// hold stops unless the files are those that the patches were made for.
func hold(source, program string) {
	for _, line := range lines(string(read("patches/originals.sha256"))) {
		sum, name, _ := strings.Cut(line, "  ")
		if got := fmt.Sprintf("%x", sha256.Sum256(read(filepath.Join(source, name)))); got != sum {
			stop("%[1]s of this %[2]s is not the one that tools/%[2]s/patches were made for: see whether it has their fixes, "+
				"then take them out or make them anew (docs/images.md, Another TigrisFS)", name, program)
		}
	}
}

var (
	fileLine = regexp.MustCompile(`^\+\+\+ b/(.+)$`)
	hunkLine = regexp.MustCompile(`^@@ -(\d+)`)
)

// apply takes a unified diff whose lines are where it says.
func apply(source, patch string) {
	var name string
	var before, after []string
	place := 0
	finish := func() {
		if name != "" {
			after = append(after, before[place:]...)
			check(os.WriteFile(name, []byte(strings.Join(after, "\n")+"\n"), 0o644))
		}
	}
	for _, line := range lines(string(read(patch))) {
		if match := fileLine.FindStringSubmatch(line); match != nil {
			finish()
			name = filepath.Join(source, match[1])
			before, after, place = lines(string(read(name))), nil, 0
			continue
		}
		if strings.HasPrefix(line, "--- a/") || name == "" {
			continue
		}
		if match := hunkLine.FindStringSubmatch(line); match != nil {
			start, err := strconv.Atoi(match[1])
			check(err)
			after = append(after, before[place:start-1]...)
			place = start - 1
			continue
		}
		if line == "" {
			line = " " // an editor has taken out the space before an empty line
		}
		kind, text := line[:1], line[1:]
		if kind != "+" {
			if before[place] != text {
				stop("%s does not fit %s:%d", patch, name, place+1)
			}
			place++
		}
		if kind != "-" {
			after = append(after, text)
		}
	}
	finish()
}

func lines(text string) []string {
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func read(name string) []byte {
	content, err := os.ReadFile(name)
	check(err)
	return content
}

func run(arguments ...string) []byte {
	command := exec.Command("go", arguments...)
	var said bytes.Buffer
	command.Stderr = &said
	answer, err := command.Output()
	if err != nil {
		stop("go %s: %v\n%s", strings.Join(arguments, " "), err, said.String())
	}
	return answer
}

func check(err error) {
	if err != nil {
		stop("%v", err)
	}
}

func stop(format string, words ...any) {
	fmt.Fprintf(os.Stderr, "patched: "+format+"\n", words...)
	os.Exit(1)
}
