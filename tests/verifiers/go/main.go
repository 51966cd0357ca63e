// Verifies the vouchers of a gallery with github.com/fullsailor/pkcs7, as a device written in Go does.
//
//	go run main.go FOLDER
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/fullsailor/pkcs7"
)

// entry is one voucher in the gallery's index; names are of files in its folder.
type entry struct {
	Name         string   `json:"name"`
	File         string   `json:"file"`
	Anchor       string   `json:"anchor"`
	Tampered     []string `json:"tampered"`
	Content      string   `json:"content"`
	SerialNumber string   `json:"serial_number"`
	Pinned       string   `json:"pinned_domain_cert"`
}

// voucher has the shape in which devices commonly read a voucher: bytes, a boolean, and texts.
type voucher struct {
	Voucher struct {
		CreatedOn        string `json:"created-on"`
		ExpiresOn        string `json:"expires-on"`
		SerialNumber     string `json:"serial-number"`
		Assertion        string `json:"assertion"`
		PinnedDomainCert []byte `json:"pinned-domain-cert"`
		RevocationChecks bool   `json:"domain-cert-revocation-checks"`
	} `json:"ietf-voucher:voucher"`
}

type gallery struct {
	folder         string
	passed, failed int
}

func (g *gallery) read(name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(g.folder, name))
}

// verify returns the content that is signed under the anchor.
func (g *gallery) verify(file, anchor string) ([]byte, error) {
	der, err := g.read(file)
	if err != nil {
		return nil, err
	}
	pem, err := g.read(anchor)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("no root")
	}
	parsed, err := pkcs7.Parse(der)
	if err != nil {
		return nil, err
	}
	return parsed.Content, parsed.VerifyWithChain(roots)
}

// accepted says what is wrong with a voucher that is good.
func (g *gallery) accepted(e entry) error {
	content, err := g.verify(e.File, e.Anchor)
	if err != nil {
		return err
	}
	if string(content) != e.Content {
		return fmt.Errorf("its content is read as %q", content)
	}
	var read voucher
	if err := json.Unmarshal(content, &read); err != nil {
		return err
	}
	pinned, err := g.read(e.Pinned)
	if err != nil {
		return err
	}
	if read.Voucher.SerialNumber != e.SerialNumber || !bytes.Equal(read.Voucher.PinnedDomainCert, pinned) {
		return errors.New("serial number or pinned certificate are not what they should be")
	}
	return nil
}

// refused says what is wrong if the voucher is accepted.
func (g *gallery) refused(file, anchor string) error {
	if _, err := g.verify(file, anchor); err != nil {
		return nil
	}
	return errors.New("accepted")
}

func (g *gallery) check(what string, problem error) {
	if problem == nil {
		g.passed++
		return
	}
	g.failed++
	fmt.Printf("FAILED %s: %v\n", what, problem)
}

func (g *gallery) run() error {
	index, err := g.read("index.json")
	if err != nil {
		return err
	}
	var entries []entry
	if err := json.Unmarshal(index, &entries); err != nil {
		return err
	}
	for _, e := range entries {
		g.check(e.Name, g.accepted(e))
		for _, file := range e.Tampered {
			g.check(file, g.refused(file, e.Anchor))
		}
		for _, other := range entries {
			if other.Anchor != e.Anchor {
				g.check(e.Name+" under another root", g.refused(e.File, other.Anchor))
				break
			}
		}
	}
	return nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: main FOLDER")
		os.Exit(2)
	}
	g := gallery{folder: os.Args[1]}
	if err := g.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d passed, %d failed\n", g.passed, g.failed)
	if g.failed > 0 || g.passed == 0 {
		os.Exit(1)
	}
}
