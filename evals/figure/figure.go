// Package figure draws the static pictures of evaluations, as SVG or PNG.
//
// A figure is data: equal figures give equal bytes.
package figure

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/go-analyze/charts"

	"github.com/feedbackgen/feedbackgen"
)

// Size of every picture, in pixels.
const (
	Width  = 800
	Height = 500
)

// Shape is how series are drawn.
type Shape int

// Shapes.
const (
	Lines Shape = iota
	Bars
)

// Figure is series of numbers over labelled places.
type Figure struct {
	Title string
	// X and Y name the axes.
	X, Y   string
	Labels []string
	Series []Series
	Shape  Shape
	// Low and High are the ends of the y axis; 0 and 0 leave them to the data.
	Low, High float64
}

// Series is one line, or one colour of bars: a value for each label, nil where there is none.
type Series struct {
	Name   string
	Values []*float64
	// Faint series are grey: what others are compared with, or the ends of an interval.
	Faint bool
}

// Format is the format that a file's name asks for, "svg" or "png".
func Format(path string) (string, error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg", ".png":
		return ext[1:], nil
	}
	return "", feedbackgen.BadInput(path, errors.New("its name ends in neither .svg nor .png"), "figures are drawn as one of these, such as figure.svg")
}

// Render draws the figure in a format, "svg" or "png". It fails where there is nothing to draw.
func (f Figure) Render(format string) ([]byte, error) {
	if len(f.Labels) == 0 || len(f.Series) == 0 {
		return nil, errors.New("there is nothing to draw")
	}
	for _, s := range f.Series {
		if len(s.Values) != len(f.Labels) {
			return nil, fmt.Errorf("series %s has %d values for %d labels", s.Name, len(s.Values), len(f.Labels))
		}
	}
	painter := charts.NewPainter(charts.PainterOptions{
		OutputFormat: format, Width: Width, Height: Height, Font: charts.GetDefaultFont(), Theme: f.theme(),
	})
	draw := f.lines
	if f.Shape == Bars {
		draw = f.bars
	}
	if err := draw(painter); err != nil {
		return nil, fmt.Errorf("draw %s: %w", f.Title, err)
	}
	return painter.Bytes()
}

// theme gives each series a colour of its own, and the faint ones grey.
func (f Figure) theme() charts.ColorPalette {
	plain := charts.GetTheme(charts.ThemeLight)
	var colors []charts.Color
	for i, s := range f.Series {
		if s.Faint {
			colors = append(colors, charts.ColorFromHex("#b8bcc4"))
		} else {
			colors = append(colors, plain.GetSeriesColor(f.vivid(i)))
		}
	}
	return plain.WithSeriesColors(colors)
}

// vivid counts the series before the i-th that are not faint.
func (f Figure) vivid(i int) int {
	count := 0
	for _, s := range f.Series[:i] {
		if !s.Faint {
			count++
		}
	}
	return count
}

func (f Figure) lines(painter *charts.Painter) error {
	series := make(charts.LineSeriesList, len(f.Series))
	for i, s := range f.Series {
		series[i] = charts.LineSeries{Name: s.Name, Values: values(s.Values)}
	}
	option := charts.NewLineChartOptionWithSeries(series)
	option.Theme, option.Padding = f.theme(), charts.NewBoxEqual(20)
	option.Title, option.Legend = f.title(), f.legend()
	option.XAxis, option.YAxis = f.xAxis(), f.yAxis()
	option.Symbol = charts.Symbol{Shape: charts.SymbolDot, Size: 3}
	return painter.LineChart(option)
}

func (f Figure) bars(painter *charts.Painter) error {
	series := make(charts.BarSeriesList, len(f.Series))
	for i, s := range f.Series {
		series[i] = charts.BarSeries{Name: s.Name, Values: values(s.Values)}
	}
	option := charts.NewBarChartOptionWithSeries(series)
	option.Theme, option.Padding = f.theme(), charts.NewBoxEqual(20)
	option.Title, option.Legend = f.title(), f.legend()
	option.CategoryAxis, option.ValueAxis = f.xAxis(), f.yAxis()
	return painter.BarChart(option)
}

func (f Figure) title() charts.TitleOption {
	return charts.TitleOption{Text: f.Title, FontStyle: charts.NewFontStyleWithSize(14)}
}

// legend stands to the right of the title, and only where there are series to tell apart.
func (f Figure) legend() charts.LegendOption {
	names := make([]string, len(f.Series))
	for i, s := range f.Series {
		names[i] = s.Name
	}
	return charts.LegendOption{
		SeriesNames: names, Show: charts.Ptr(len(names) > 1),
		Offset: charts.OffsetStr{Left: charts.PositionRight},
	}
}

func (f Figure) xAxis() charts.XAxisOption {
	axis := charts.XAxisOption{Title: f.X, Labels: f.Labels, LabelCount: min(len(f.Labels), 16), LabelFontStyle: charts.NewFontStyleWithSize(9)}
	axis.BoundaryGap = charts.Ptr(true) // labels stand in the middle of their places, clear of the edges
	return axis
}

func (f Figure) yAxis() []charts.YAxisOption {
	axis := charts.YAxisOption{Title: f.Y}
	if f.Low != f.High {
		axis.Min, axis.Max = charts.Ptr(f.Low), charts.Ptr(f.High)
		axis.Unit = (f.High - f.Low) / 10
		axis.LabelCount = 11
		axis.RangeValuePaddingScale = charts.Ptr(0.0)
	}
	axis.ValueFormatter = func(value float64) string { return fmt.Sprintf("%.4g", value) }
	return []charts.YAxisOption{axis}
}

func values(of []*float64) []float64 {
	all := make([]float64, len(of))
	for i, value := range of {
		all[i] = charts.GetNullValue()
		if value != nil {
			all[i] = *value
		}
	}
	return all
}
