# Compiles Verilator's model in three pieces, whose headers take less time to read three times than
# to precompile twice, as Verilator's own rules do. MODEL is the makefile that Verilator has written.

override VK_OBJS := even.o odd.o slow.o

include $(MODEL)

slow.o: override OPT_FAST := $(OPT_SLOW)

even.cpp odd.cpp: $(addsuffix .cpp, $(VM_FAST))
slow.cpp: $(addsuffix .cpp, $(VM_SLOW))

even.cpp: LINES := p;n
odd.cpp: LINES := n;p
slow.cpp: LINES := p

even.cpp odd.cpp slow.cpp:
	printf '#include "%s"\n' $^ | sed -n '$(LINES)' > $@
