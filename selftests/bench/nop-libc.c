// SPDX-License-Identifier: GPL-2.0
/* The same with a C library.  Must never do anything itself. */
int main(void)
{
	return 0;
}
