package main

import "runtime/debug"

// version is set by the linker; see the Makefile.
var version string

// versionText is the version that the linker set, or what the go command knows of the build.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
