package feedbackgen

// Roles of a [Message], as every chat API spells them.
const (
	RoleSystem    = "system"
	RoleUser      = "user"
	RoleAssistant = "assistant"
)

// Message is one turn of a conversation, in the shape that chat APIs and TRL's conversational
// formats share.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
	// Thinking is the reasoning that a server returned apart from the content. It belongs to the
	// completion: one that is exported without the reasoning it was sampled with is off-policy.
	Thinking string `json:"thinking,omitempty"`
}

// User is a user's turn.
func User(content string) Message { return Message{Role: RoleUser, Content: content} }

// Assistant is an assistant's turn.
func Assistant(content string) Message { return Message{Role: RoleAssistant, Content: content} }
