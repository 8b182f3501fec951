module example.org/shop

go 1.21

toolchain go1.21.3

require (
	github.com/gin-gonic/gin v1.7.0
	golang.org/x/text v0.3.0 // indirect
)

require golang.org/x/net v0.0.0-20210226172049-e18ecbb05110

exclude golang.org/x/net v1.2.3
replace github.com/gin-gonic/gin => ../gin
replace (
	golang.org/x/text v0.3.0 => golang.org/x/text v0.3.7
)
retract [v1.0.0, v1.9.9]
