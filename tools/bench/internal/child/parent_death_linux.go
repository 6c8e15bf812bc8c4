package child

import (
	"os/exec"
	"syscall"
)

// bind makes the kernel end cmd when this process dies, however it does.
func bind(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
