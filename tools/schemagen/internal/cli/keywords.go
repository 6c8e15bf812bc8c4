package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"seg.example/tools/schemagen/internal/schema"
)

func (c *command) keywords() *cobra.Command {
	return &cobra.Command{
		Use:     "keywords",
		Short:   "Print the x- keywords",
		Long:    "Prints the x- keywords as Markdown: their values, where they are allowed and what they mean.",
		Example: "  schemagen keywords",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			doc, err := schema.KeywordsDoc()
			if err != nil {
				return fmt.Errorf("describe keywords: %w", err)
			}
			return write(cmd.OutOrStdout(), doc)
		},
	}
}
