package child

import (
	"os/exec"
	"syscall"
)

// killWithParent makes the kernel end cmd when this process ends, however that happens.
func killWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
