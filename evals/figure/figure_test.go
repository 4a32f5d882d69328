package figure_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"github.com/feedbackgen/feedbackgen"
	"github.com/feedbackgen/feedbackgen/evals/figure"
)

func at(value float64) *float64 { return &value }

func curve() figure.Figure {
	return figure.Figure{
		Title: "pass@k", X: "k", Y: "pass", High: 1, Labels: []string{"1", "2", "<script>"},
		Series: []figure.Series{
			{Name: "base & co", Values: []*float64{at(0.2), nil, at(0.7)}},
			{Name: "tuned", Values: []*float64{at(0.4), at(0.5), at(0.6)}, Faint: true},
		},
	}
}

func TestEqualFiguresAreEqualBytes(t *testing.T) {
	for _, format := range []string{"svg", "png"} {
		for _, shape := range []figure.Shape{figure.Lines, figure.Bars} {
			f := curve()
			f.Shape = shape
			first, err := f.Render(format)
			if err != nil {
				t.Fatal(err)
			}
			second, err := f.Render(format)
			if err != nil || !bytes.Equal(first, second) {
				t.Errorf("%s, shape %d: two pictures of one figure differ (%v)", format, shape, err)
			}
		}
	}
}

// Names come from files and models: they are text in a picture, never markup.
func TestNamesAreEscaped(t *testing.T) {
	for _, shape := range []figure.Shape{figure.Lines, figure.Bars} {
		f := curve()
		f.Title, f.Shape, f.Series[0].Name = "<script>title", shape, "<script>series"
		svg, err := f.Render("svg")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(svg), "<script") || !strings.Contains(string(svg), "&lt;script&gt;") {
			t.Errorf("shape %d: a name became markup, or got lost", shape)
		}
	}
}

func TestPNGHasItsSize(t *testing.T) {
	image, err := curve().Render("png")
	if err != nil {
		t.Fatal(err)
	}
	config, err := png.DecodeConfig(bytes.NewReader(image))
	if err != nil || config.Width != figure.Width || config.Height != figure.Height {
		t.Errorf("the picture is %d by %d (%v)", config.Width, config.Height, err)
	}
}

func TestWhatCannotBeDrawn(t *testing.T) {
	uneven := curve()
	uneven.Series[0].Values = uneven.Series[0].Values[:2]
	for name, f := range map[string]figure.Figure{"empty": {}, "uneven": uneven} {
		if _, err := f.Render("svg"); err == nil {
			t.Errorf("%s: it was drawn", name)
		}
	}
	if _, err := figure.Format("curve.pdf"); !errors.Is(err, feedbackgen.ErrInput) {
		t.Errorf("a PDF is promised: %v", err)
	}
}

func ExampleFormat() {
	format, err := figure.Format("reliability.SVG")
	fmt.Println(format, err)
	// Output: svg <nil>
}
