import { graphql, type ResultOf, type VariablesOf } from '../data/graphql.ts';

const rule = graphql(`
  fragment Rule on NotificationRule {
    id
    name
    active
    triggers
    cadence
    timeZone
    channel { kind target recipients }
    integration { id name }
    event { id name }
    createdAt
    createdBy
    lastSentAt
    lastError
    nextDueAt
  }
`);

export const RulesQuery = graphql(
  `
  query NotificationRules {
    notificationRules { ...Rule }
    integrations { id name }
  }
`,
  [rule],
);

export const CreateRule = graphql(
  `
  mutation CreateNotificationRule($input: CreateNotificationRuleInput!) {
    createNotificationRule(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on CreateNotificationRuleSuccess { notificationRule { ...Rule } }
    }
  }
`,
  [rule],
);

export const UpdateRule = graphql(
  `
  mutation UpdateNotificationRule($input: UpdateNotificationRuleInput!) {
    updateNotificationRule(input: $input) {
      __typename
      ... on Error { message }
      ... on ValidationError { fieldErrors { path message } }
      ... on UpdateNotificationRuleSuccess { notificationRule { ...Rule } }
    }
  }
`,
  [rule],
);

export const DeleteRule = graphql(`
  mutation DeleteNotificationRule($id: ID!) {
    deleteNotificationRule(id: $id) {
      __typename
      ... on Error { message }
      ... on DeleteNotificationRuleSuccess { deletedId }
    }
  }
`);

export const SendTest = graphql(
  `
  mutation SendTestNotification($id: ID!) {
    sendTestNotification(id: $id) {
      __typename
      ... on Error { message }
      ... on SendTestNotificationSuccess { notificationRule { ...Rule } }
    }
  }
`,
  [rule],
);

export type Rule = ResultOf<typeof rule>;
export type RuleInput = VariablesOf<typeof CreateRule>['input'];
